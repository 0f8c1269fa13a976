"""Passkeys (WebAuthn level 2): the options that a browser is given, and whether its answer is right.

A challenge is random, kept encrypted in the session's row for five minutes, and taken by the first answer.
"""

import ipaddress
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import parse_authentication_credential_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from services.auth.factors import stage, store
from services.auth.factors.changes import Change, tell
from services.auth.factors.store import Passkey
from services.auth.joint import Joint
from services.auth.portal.ports import Session
from services.contract.notices import FactorChange, FactorKind
from services.runtime.database import acquired

CHALLENGE_BYTES: Final = 32
CHALLENGE_AGE_MAX: Final = timedelta(minutes=5)
_TIMEOUT_MS: Final = 120_000
# What the library raises for answers that no browser makes: beside its own, what its parsers let through.
_MALFORMED: Final = (WebAuthnException, ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError)


class RelyingParty(NamedTuple):
    """The site as passkeys know it: host and exact origin."""

    host: str
    origin: str


def relying_party(public_url: str) -> RelyingParty | None:
    """Return the site; None where no browser makes passkeys: at an IP address, and without TLS but for localhost."""
    parts = urlsplit(public_url)
    host = parts.hostname or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        here = host == "localhost" or host.endswith(".localhost")
        return RelyingParty(host, public_url.rstrip("/")) if parts.scheme == "https" or here else None
    return None


class Registered(NamedTuple):
    """A new passkey, verified."""

    credential_id: bytes
    public_key: bytes
    sign_count: int


class Proven(NamedTuple):
    """A passkey's answer, verified; the counter is compared when it is stored."""

    factor_id: UUID
    label: str
    sign_count: int


@dataclass(frozen=True)
class Passkeys:
    """The ceremonies. `party` is None where passkeys are not offered."""

    joint: Joint
    party: RelyingParty | None

    async def new_options(self, session: Session) -> str:
        """Return the options of a registration, as JSON."""
        party, challenge = self._begun()
        async with acquired(self.joint.pool) as connection:
            known = await store.passkeys(connection, session.filer.pacer_account)
        options = generate_registration_options(
            rp_id=party.host,
            rp_name=party.host,
            user_id=self.joint.factors.seal.user_handle(session.filer.pacer_account),
            user_name=session.filer.login,
            user_display_name=session.filer.name,
            challenge=challenge,
            timeout=_TIMEOUT_MS,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.PREFERRED, user_verification=UserVerificationRequirement.PREFERRED
            ),
            exclude_credentials=_descriptors(known),
        )
        await self._keep(session, "enrol", challenge)
        return options_to_json(options)

    async def registered(self, session: Session, credential: str) -> Registered | None:
        """Return the new passkey of an answer; None when it is wrong, malformed or late."""
        challenge = await self._taken(session, "enrol")
        if self.party is None or challenge is None:
            return None
        try:
            made = verify_registration_response(
                credential=credential,
                expected_challenge=challenge,
                expected_rp_id=self.party.host,
                expected_origin=self.party.origin,
            )
        except _MALFORMED:
            return None
        return Registered(made.credential_id, made.credential_public_key, made.sign_count)

    async def options(self, session: Session, purpose: str) -> str:
        """Return the options of a challenge (`sign-in` or `prove`), as JSON."""
        party, challenge = self._begun()
        async with acquired(self.joint.pool) as connection:
            known = await store.passkeys(connection, session.filer.pacer_account)
        options = generate_authentication_options(
            rp_id=party.host,
            challenge=challenge,
            timeout=_TIMEOUT_MS,
            allow_credentials=_descriptors(known),
            user_verification=UserVerificationRequirement.PREFERRED,
        )
        await self._keep(session, purpose, challenge)
        return options_to_json(options)

    async def verified(self, session: Session, purpose: str, credential: str) -> Proven | None:
        """Return which passkey of this account answered; None when it is wrong, malformed, late or another's."""
        challenge = await self._taken(session, purpose)
        if self.party is None or challenge is None:
            return None
        async with acquired(self.joint.pool) as connection:
            known = await store.passkeys(connection, session.filer.pacer_account)
        try:
            answered = parse_authentication_credential_json(credential).raw_id
            passkey = next((key for key in known if key.credential_id == answered), None)
            return None if passkey is None else self._proven(self.party, passkey, credential, challenge)
        except _MALFORMED:
            return None

    def _proven(self, party: RelyingParty, passkey: Passkey, credential: str, challenge: bytes) -> Proven:
        made = verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=party.host,
            expected_origin=party.origin,
            credential_public_key=passkey.public_key,
            # The counter is compared in the statement that stores it, so that a copied key can be told of by mail.
            credential_current_sign_count=0,
        )
        return Proven(passkey.factor_id, passkey.label, made.new_sign_count)

    async def used(self, session: Session, proven: Proven) -> bool:
        """Note the use of a passkey that was verified; False where its counter did not move on, which is mailed.

        A copy of the key may exist then (WebAuthn, 6.1.1); the key stays, since without it a password would be enough.
        """
        account, now = session.filer.pacer_account, self.joint.clock()
        async with acquired(self.joint.pool) as connection, connection.transaction():
            if await store.use_passkey(connection, account, proven.factor_id, proven.sign_count, now):
                return True
            change = Change(FactorKind.PASSKEY, FactorChange.REFUSED, proven.label)
            await tell(self.joint.notices, connection, session.filer, change, now)
        self.joint.notices.wake()
        return False

    def _begun(self) -> tuple[RelyingParty, bytes]:
        assert self.party is not None, "the addresses of passkeys exist only where they are offered"
        return self.party, secrets.token_bytes(CHALLENGE_BYTES)

    async def _keep(self, session: Session, purpose: str, challenge: bytes) -> None:
        sealed = self.joint.factors.seal.close_challenge(purpose, challenge)
        async with acquired(self.joint.pool) as connection:
            await stage.keep_challenge(connection, session, sealed, self.joint.clock() + CHALLENGE_AGE_MAX)

    async def _taken(self, session: Session, purpose: str) -> bytes | None:
        async with acquired(self.joint.pool) as connection, connection.transaction():
            sealed = await stage.take_challenge(connection, session, self.joint.clock())
        return None if sealed is None else self.joint.factors.seal.open_challenge(purpose, sealed)


def _descriptors(passkeys: list[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=passkey.credential_id) for passkey in passkeys]
