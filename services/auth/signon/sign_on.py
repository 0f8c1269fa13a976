"""Signing in and out with a PACER account of our own table: the port that the pages call.

Right or wrong, known or unknown, a try costs one look-up and one hash; the answer never tells which part was wrong.
"""

from collections.abc import Callable
from dataclasses import dataclass

from services.auth.outbox import rows
from services.auth.portal.ports import Busy, Client, Session, SignInRefused
from services.auth.signon import sessions
from services.auth.signon.accounts import Accounts, PacerAccount
from services.auth.signon.attempts import Attempt, Attempts, address_prefix
from services.auth.signon.passwords import Lane
from services.auth.signon.sessions import Sessions, SignedIn
from services.contract.logins import Credential
from services.runtime.clock import Clock
from services.runtime.database import Pool, acquired


@dataclass(frozen=True, kw_only=True)
class AccountSignOn:
    """Implements the pages' `SignOn`. `committed` wakes the relay of login events."""

    pool: Pool
    lane: Lane
    attempts: Attempts
    committed: Callable[[], None]
    clock: Clock

    async def sign_in(
        self, username: str, password: str, *, client_code: str, court_id: str | None, client: Client
    ) -> str:
        """Return the cookie's value for a new session. Raises SignInRefused, Busy, or Transient without Postgres."""
        try:
            self.lane.check()
            account = await Accounts(self.pool).pacer(username)
            matched = await self.lane.verify(account.password_hash if account else None, password)
        except Busy:
            self.attempts.shed(Credential.PACER, client)
            raise
        name = account.login if account else self.attempts.unknown(Credential.PACER, username)
        attempt = Attempt(name, Credential.PACER, court_id, address_prefix(client.address), self.clock())
        if account is None or not matched:
            self.attempts.failed(attempt)
            raise SignInRefused
        return await self._begin(account, attempt, client_code)

    async def _begin(self, account: PacerAccount, attempt: Attempt, client_code: str) -> str:
        signed_in = SignedIn(account.pacer_account, attempt.court_id, client_code, attempt.attempted_at)
        async with acquired(self.pool) as connection, connection.transaction():
            token = await sessions.begin(connection, signed_in)
            await rows.insert(connection, self.attempts.succeeded(attempt))
        self.committed()
        return token

    async def session(self, token: str) -> Session | None:
        """Return the session of a cookie, and move its idle limit on; None when there is none or it ended."""
        return await Sessions(self.pool).find(token, self.clock())

    async def acknowledge(self, session: Session, court_id: str) -> None:
        """Note that the filer said the account is their own, individual one."""
        await Sessions(self.pool).acknowledge(session.token_hash, court_id)

    async def sign_out(self, token: str) -> None:
        """End a session."""
        await Sessions(self.pool).end(token)
