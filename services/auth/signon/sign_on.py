"""Signing in and out with a PACER account: the port that the pages and the sign-on API call.

The answer to a try never tells which part of it was wrong; reasons are given after the right password alone.
"""

from collections.abc import Callable
from dataclasses import dataclass

from services.auth.factors.factors import Factors
from services.auth.insertions import Insertion, insert
from services.auth.outbox import rows
from services.auth.portal.ports import (
    Barrier,
    Client,
    Credentials,
    Entry,
    Filer,
    Origin,
    Reproof,
    Session,
    SignInBarred,
    Stage,
)
from services.auth.security.acts import Act, note, noting
from services.auth.signon import places, sessions
from services.auth.signon.barriers import ENROLMENT_WARNING, barrier_of, warning_of
from services.auth.signon.checking import PasswordCheck, Proven
from services.auth.signon.sessions import SessionLimits, Sessions, SignedIn
from services.runtime.clock import Clock
from services.runtime.database import Pool, acquired

__all__ = ["AccountSignOn", "Entry", "Origin"]


@dataclass(frozen=True, kw_only=True)
class AccountSignOn:
    """Implements the pages' `SignOn`. `committed` wakes the relay of login events.

    `inside`: the pool of those who are signed in, so that they never wait for a connection behind those who sign in.
    """

    pool: Pool
    inside: Pool
    check: PasswordCheck
    factors: Factors
    limits: SessionLimits
    committed: Callable[[], None]
    clock: Clock

    async def enter(
        self,
        credentials: Credentials,
        *,
        court_id: str | None,
        client: Client,
        origin: Origin = Origin.PAGES,
        ticket: str = "",
    ) -> Entry:
        """Begin a session.

        Raises SignInRefused, SignInBarred, Throttled, Busy, VerifierDown, or Transient without Postgres.
        """
        proven = await self.check.password(credentials, court_id=court_id, client=client, origin=origin, ticket=ticket)
        account = proven.account
        self._pass(barrier_of(account, credentials, origin), proven)
        if credentials.otp_code and account.factors.enrolled:
            self.check.guess(proven)
        right_code = self._right_code(proven, credentials)
        stage = self._stage(proven, right_code=right_code)
        warning = proven.proof.warning or warning_of(account, credentials, origin)
        if origin is Origin.API:
            self._pass_program(proven, credentials, stage)
            warning = f"{warning} {ENROLMENT_WARNING if stage is Stage.ENROL_OFFERED else ''}".strip()
            stage = Stage.FULL
        # A code is used up last: whoever is stopped before can give the same one again.
        if right_code and not await self.factors.take(account, credentials.otp_code, proven.attempt.attempted_at):
            raise self.check.factor_refused(proven)
        token = await self._begin(proven, credentials, origin, stage)
        return Entry(token, stage, account, warning)

    async def sign_in(
        self, username: str, password: str, *, client_code: str, court_id: str | None, client: Client
    ) -> str:
        """Return the token of `enter`."""
        entry = await self.enter(Credentials(username, password, client_code), court_id=court_id, client=client)
        return entry.token

    def _pass(self, barrier: Barrier | None, proven: Proven) -> None:
        if barrier is not None:
            self.check.barred(proven)
            raise SignInBarred(barrier)

    def _pass_program(self, proven: Proven, credentials: Credentials, stage: Stage) -> None:
        """Stop a filing program that owes what the pages would ask for next. Enrolment that is offered is put off."""
        if stage is Stage.FACTOR_DUE:
            raise self.check.factor_refused(proven)
        self._pass(Barrier.FACTOR_REQUIRED if stage is Stage.RESTRICTED else None, proven)
        redaction_due = proven.account.may_file and not credentials.redact
        self._pass(Barrier.REDACTION_NOT_ACKED if redaction_due else None, proven)

    def _right_code(self, proven: Proven, credentials: Credentials) -> bool:
        account, at = proven.account, proven.attempt.attempted_at
        return bool(credentials.otp_code) and (
            self.factors.check(account.factors, account.pacer_account, credentials.otp_code, at) is not None
        )

    def _stage(self, proven: Proven, *, right_code: bool) -> Stage:
        # What a remote sign-on asked for does not stand for a factor that was enrolled here.
        if right_code or (proven.proof.factor_done and not proven.account.factors.enrolled):
            return Stage.FULL
        return self.factors.stage_of(proven.account)

    async def _begin(self, proven: Proven, credentials: Credentials, origin: Origin, stage: Stage) -> str:
        account, attempt = proven.account, proven.attempt
        redaction = (attempt.court_id or "") if credentials.redact else None
        facts = SignedIn(
            account.pacer_account,
            attempt.court_id,
            credentials.client_code,
            attempt.attempted_at,
            origin=origin,
            stage=stage,
            redaction=redaction,
        )
        token, session = sessions.beginning(facts, self.limits)
        event = rows.insertion(self.check.attempts.succeeded(attempt))
        # While a factor is due, the challenge notes the rest, once it is given.
        whole = [] if stage is Stage.FACTOR_DUE else _noted(proven, facts)
        async with acquired(self.pool) as connection:
            await insert(connection, session, event, *whole)
        if whole:
            self.check.limiter.succeeded(attempt.account, proven.client)
        self.committed()
        return token

    async def prove_again(self, session: Session, given: Reproof, *, client: Client) -> None:
        """Verify the password (and code, where a factor is enrolled) of this session's own account once more.

        Only `proved_at` moves. Raises SignInRefused, Throttled, Busy, VerifierDown, or Transient without Postgres.
        """
        filer, origin = session.filer, Origin(session.origin)
        own = Credentials(filer.login, given.password, session.client_code, otp_code=given.otp_code, redact=True)
        proven = await self.check.password(own, court_id=None, client=client, origin=origin, ticket=given.ticket)
        at = proven.attempt.attempted_at
        if proven.account.pacer_account != filer.pacer_account:
            raise self.check.refused(proven.attempt, client)
        if not await self._factor_given(proven, given):
            raise self.check.factor_refused(proven)
        async with acquired(self.inside) as connection, connection.transaction():
            await sessions.proved(connection, session.token_hash, at)
            await rows.insert(connection, self.check.attempts.succeeded(proven.attempt))
            await note(connection, Act.PROVED_AGAIN, at, pacer_account=filer.pacer_account, client=client)
        self.check.limiter.succeeded(proven.attempt.account, client)
        self.committed()

    async def _factor_given(self, proven: Proven, given: Reproof) -> bool:
        if given.factor_done or not proven.account.factors.enrolled:
            return True
        self.check.guess(proven)
        return await self.factors.take(proven.account, given.code, proven.attempt.attempted_at)

    async def session(self, token: str) -> Session | None:
        """Return the session of a token, and move its idle limit on; None when there is none or it ended."""
        return await Sessions(self.inside, self.limits).find(token, self.clock())

    async def touch(self, session: Session) -> Session:
        """Move the idle limit on, because the filer asked to stay."""
        return await Sessions(self.inside, self.limits).touch(session, self.clock())

    async def acknowledge(self, session: Session, court_id: str) -> None:
        """Note that the filer said the account is their own, individual one."""
        await Sessions(self.inside).acknowledge(session.token_hash, court_id)

    async def acknowledge_redaction(self, session: Session, court_id: str) -> None:
        """Note that the filer has read the redaction notice."""
        account = session.filer.pacer_account
        async with acquired(self.inside) as connection, connection.transaction():
            await sessions.redaction_read(connection, session.token_hash, court_id)
            await note(connection, Act.REDACTION_ACKNOWLEDGED, self.clock(), pacer_account=account, court_id=court_id)

    async def sessions_of(self, filer: Filer) -> list[Session]:
        """Return the open sessions of an account, the newest first."""
        return await Sessions(self.inside, self.limits).of_account(filer.pacer_account, self.clock())

    async def end_others(self, session: Session) -> int:
        """End every other session of the same account; return how many there were."""
        account = session.filer.pacer_account
        async with acquired(self.inside) as connection, connection.transaction():
            count = await sessions.end_others(connection, session)
            if count:
                await note(connection, Act.SESSION_ENDED, self.clock(), pacer_account=account, sessions=count)
        return count

    async def sign_out(self, token: str) -> None:
        """End a session; one that ended already is no fault."""
        async with acquired(self.inside) as connection, connection.transaction():
            ended = await sessions.end(connection, token)
            if ended is not None:
                act = Act.TOKEN_ENDED if ended["origin"] == Origin.API else Act.SIGNED_OUT
                account, court = ended["pacer_account"], ended["court_id"]
                await note(connection, act, self.clock(), pacer_account=account, court_id=court)


def _noted(proven: Proven, facts: SignedIn) -> list[Insertion]:
    """Return what a whole sign-in leaves behind beside its session and its event."""
    act = Act.TOKEN_ISSUED if facts.origin is Origin.API else Act.SIGNED_IN
    account, court = facts.pacer_account, facts.court_id
    return [
        places.remembering(account, proven.attempt.address_prefix, facts.at),
        noting(act, facts.at, pacer_account=account, court_id=court, client=proven.client),
    ]
