"""Proving again: the password, and a factor where one is enrolled, before something that cannot be undone.

The session keeps its token, since the proven pair and the confirm form of the link walk are bound to it.
"""

from collections import OrderedDict
from dataclasses import dataclass, field, replace
from typing import Final

from services.auth.factors import store
from services.auth.factors.challenge import FactorRefused
from services.auth.factors.passkeys import Passkeys
from services.auth.joint import Joint
from services.auth.portal.ports import Client, Reproof, Session, SignInRefused
from services.runtime.database import acquired

WRONG_COUNT_MAX: Final = 5
_COUNTED_SESSIONS_MAX: Final = 10_000


class ProofsUsedUp(Exception):
    """Five wrong tries: the session is to end."""


@dataclass(frozen=True)
class Proving:
    """What the page calls.

    Wrong tries slow the next one down as they do at the sign-in, and are login events that the guard sees. The five
    that end a session are counted here besides, in this process.
    """

    joint: Joint
    passkeys: Passkeys
    _wrong: OrderedDict[bytes, int] = field(default_factory=OrderedDict)

    async def prove(self, session: Session, client: Client, given: Reproof, *, passkey: str = "") -> None:
        """Move the session's time of proof to now. `passkey` is a browser's answer as JSON, or empty.

        Raises SignInRefused, ProofsUsedUp, Throttled, Busy, VerifierDown, or Transient without Postgres.
        """
        try:
            done = bool(passkey) and await self._by_passkey(session, passkey)
            await self.joint.sign_on.prove_again(session, replace(given, factor_done=done), client=client)
        except (SignInRefused, FactorRefused):
            if self._count(session.token_hash) >= WRONG_COUNT_MAX:
                raise ProofsUsedUp from None
            raise SignInRefused from None
        self._wrong.pop(session.token_hash, None)

    async def has_passkey(self, session: Session) -> bool:
        """Say whether the page offers a passkey."""
        async with acquired(self.joint.pool) as connection:
            return self.passkeys.party is not None and bool(
                await store.passkeys(connection, session.filer.pacer_account)
            )

    async def _by_passkey(self, session: Session, passkey: str) -> bool:
        proven = await self.passkeys.verified(session, "prove", passkey)
        if proven is None or not await self.passkeys.used(session, proven):
            raise FactorRefused
        return True

    def _count(self, token_hash: bytes) -> int:
        count = self._wrong.pop(token_hash, 0) + 1
        self._wrong[token_hash] = count
        if len(self._wrong) > _COUNTED_SESSIONS_MAX:
            self._wrong.popitem(last=False)
        return count
