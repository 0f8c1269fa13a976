"""The challenge after the password: a code or a passkey opens the session, under a new token. Or, while nothing is
enrolled, the filer puts enrolment off.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Never

from services.auth.factors import changes, stage, store
from services.auth.factors.facts import Use
from services.auth.factors.passkeys import Passkeys
from services.auth.joint import Joint
from services.auth.outbox import rows
from services.auth.portal.ports import Client, Session, Stage
from services.auth.security.acts import Act, note
from services.auth.signon import places
from services.auth.signon.attempts import Attempt, address_prefix
from services.contract.logins import Credential, LoginStep, Via
from services.contract.notices import FactorChange, FactorKind
from services.runtime.database import Connection, acquired

_KNOWN: Final = """
SELECT EXISTS (SELECT FROM auth.known_places WHERE pacer_account = $1 AND address_prefix = $2)"""


class FactorRefused(Exception):
    """The code or the passkey was wrong, used before, or came too late; one answer for all."""


class StageOver(Exception):
    """The session is at this stage no longer: another tab was faster, or it ended."""


@dataclass(frozen=True)
class Arrival:
    """Who answers, from where. `ticket` is what an earlier Throttled gave."""

    session: Session
    court_id: str
    client: Client
    ticket: str = ""

    @property
    def pacer_account(self) -> str:
        return self.session.filer.pacer_account

    @property
    def subject(self) -> str:
        """What wrong answers are counted under: apart from wrong passwords."""
        return f"factor:{self.login}"

    @property
    def login(self) -> str:
        return self.session.filer.login


@dataclass(frozen=True)
class Challenge:
    """What the challenge page calls."""

    joint: Joint
    passkeys: Passkeys

    async def answer(self, arrival: Arrival, code: str) -> str:
        """Use up a code and return the opened session's token.

        Raises FactorRefused, StageOver, Throttled, or Transient without Postgres.
        """
        await self._admit(arrival)
        now = self.joint.clock()
        async with acquired(self.joint.pool) as connection, connection.transaction():
            held = await store.held(connection, arrival.pacer_account)
            use = self.joint.factors.check(held.factors, held.pacer_account, code, now) if held else None
            if use is None or not await store.use_up(connection, arrival.pacer_account, use, now):
                self._refuse(arrival, now)
            token = await self._open(connection, arrival, now, _kind_of(use))
            await self._tell_backup(connection, arrival, use, now)
        self._done(arrival)
        return token

    async def answer_by_passkey(self, arrival: Arrival, credential: str) -> str:
        """Verify a passkey's answer and return the opened session's token. Raises as `answer`."""
        await self._admit(arrival)
        now = self.joint.clock()
        proven = await self.passkeys.verified(arrival.session, "sign-in", credential)
        if proven is None:
            self._refuse(arrival, now)
        if not await self.passkeys.used(arrival.session, proven):
            self._refuse(arrival, now)
        async with acquired(self.joint.pool) as connection, connection.transaction():
            token = await self._open(connection, arrival, now, FactorKind.PASSKEY)
        self._done(arrival)
        return token

    async def skip(self, session: Session, client: Client) -> Stage:
        """Put enrolment off once more and return the session's stage: FULL, or RESTRICTED when no skip was left."""
        now, account = self.joint.clock(), session.filer.pacer_account
        async with acquired(self.joint.pool) as connection, connection.transaction():
            reached = await stage.skip(connection, session, self.joint.settings.factor_skips_max)
            if reached is None:
                raise StageOver
            if reached is Stage.FULL:
                await note(connection, Act.FACTOR_SKIPPED, now, pacer_account=account, client=client)
        return reached

    async def skips_left(self, session: Session) -> int:
        """Return how often this filer may still put enrolment off."""
        async with acquired(self.joint.pool) as connection:
            held = await store.held(connection, session.filer.pacer_account)
        return max(0, self.joint.settings.factor_skips_max - held.factor_skips) if held else 0

    async def _admit(self, arrival: Arrival) -> None:
        async with acquired(self.joint.pool) as connection:
            place = address_prefix(arrival.client.address)
            known = await connection.fetchval(_KNOWN, arrival.pacer_account, place)
        self.joint.limiter.admit(arrival.subject, arrival.client, known_place=known, ticket=arrival.ticket)
        self.joint.limiter.guess(arrival.login, known_place=known)

    def _refuse(self, arrival: Arrival, now: datetime) -> Never:
        self.joint.limiter.failed(arrival.subject, arrival.client, arrival.court_id)
        self.joint.attempts.failed(_attempt(arrival, now))
        raise FactorRefused

    async def _open(self, connection: Connection, arrival: Arrival, now: datetime, kind: FactorKind) -> str:
        token = await stage.opened(connection, arrival.session, Stage.FACTOR_DUE)
        if token is None:
            raise StageOver
        await places.remember(connection, arrival.pacer_account, address_prefix(arrival.client.address), now)
        await rows.insert(connection, self.joint.attempts.succeeded(_attempt(arrival, now)))
        await note(
            connection,
            Act.SIGNED_IN,
            now,
            pacer_account=arrival.pacer_account,
            court_id=arrival.court_id,
            client=arrival.client,
            factor=kind.value,
        )
        return token

    async def _tell_backup(self, connection: Connection, arrival: Arrival, use: Use, now: datetime) -> None:
        if use.digest is None:
            return
        left = await store.backup_left(connection, arrival.pacer_account)
        await note(
            connection,
            Act.BACKUP_CODE_USED,
            now,
            pacer_account=arrival.pacer_account,
            court_id=arrival.court_id,
            client=arrival.client,
            left=left,
        )
        if left == 0:
            change = changes.Change(FactorKind.BACKUP_CODES, FactorChange.USED_UP)
            await changes.tell(self.joint.notices, connection, arrival.session.filer, change, now)

    def _done(self, arrival: Arrival) -> None:
        for subject in (arrival.subject, arrival.login):
            self.joint.limiter.succeeded(subject, arrival.client)
        self.joint.sign_on.committed()
        self.joint.notices.wake()


def _kind_of(use: Use) -> FactorKind:
    return FactorKind.TOTP if use.digest is None else FactorKind.BACKUP_CODES


def _attempt(arrival: Arrival, now: datetime) -> Attempt:
    return Attempt(
        arrival.login,
        Credential.PACER,
        arrival.court_id,
        address_prefix(arrival.client.address),
        now,
        via=Via.PAGES,
        step=LoginStep.FACTOR,
    )
