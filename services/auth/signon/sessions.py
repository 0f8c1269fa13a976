"""Sessions: a random token in the filer's cookie, its SHA-256 in Postgres, an idle and an absolute limit."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from services.auth.portal.ports import Filer, Session
from services.runtime.database import Connection, Pool, acquired

TOKEN_BYTES: Final = 32
TOKEN_CHARACTERS_MAX: Final = 64
IDLE_LIMIT: Final = timedelta(minutes=30)
ABSOLUTE_LIMIT: Final = timedelta(hours=8)
# How stale last_seen_at may get: not every click is worth a write.
TOUCH_AFTER: Final = timedelta(minutes=1)
SWEEP_COUNT_MAX: Final = 10_000

_INSERT: Final = """
INSERT INTO auth.sessions
       (token_hash, pacer_account, court_id, client_code, signed_in_at, last_seen_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $5, $6)"""

_FIND: Final = """
SELECT s.token_hash, s.client_code, s.signed_in_at, s.last_seen_at, s.expires_at, s.acknowledged_court,
       a.pacer_account, a.login, a.name, a.email, a.upgraded
  FROM auth.sessions AS s JOIN auth.pacer_accounts AS a USING (pacer_account)
 WHERE s.token_hash = $1 AND s.expires_at > $2 AND s.last_seen_at > $3"""

_TOUCH: Final = "UPDATE auth.sessions SET last_seen_at = greatest(last_seen_at, $2) WHERE token_hash = $1"
_ACKNOWLEDGE: Final = "UPDATE auth.sessions SET acknowledged_court = $2 WHERE token_hash = $1"
_END: Final = "DELETE FROM auth.sessions WHERE token_hash = $1"
_SWEEP: Final = """
DELETE FROM auth.sessions WHERE token_hash IN (
    SELECT token_hash FROM auth.sessions WHERE expires_at <= $1 OR last_seen_at <= $2 LIMIT $3)"""


class SignedIn(NamedTuple):
    """The facts of a new session."""

    pacer_account: str
    court_id: str | None
    client_code: str
    at: datetime


def digest(token: str) -> bytes:
    """Return how a token is kept."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


async def begin(connection: Connection, signed_in: SignedIn) -> str:
    """Insert a session inside the caller's transaction and return its token."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    expires_at = signed_in.at + ABSOLUTE_LIMIT
    await connection.execute(_INSERT, digest(token), *signed_in, expires_at)
    return token


class Sessions:
    """The sessions in Postgres. Raises Transient while it does not answer."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def find(self, token: str, now: datetime) -> Session | None:
        """Return the session of a cookie and move its idle limit on; None when there is none or it ended."""
        if not token or len(token) > TOKEN_CHARACTERS_MAX:
            return None
        async with acquired(self._pool) as connection:
            row = await connection.fetchrow(_FIND, digest(token), now, now - IDLE_LIMIT)
            if row is not None and row["last_seen_at"] < now - TOUCH_AFTER:
                await connection.execute(_TOUCH, row["token_hash"], now)
        if row is None:
            return None
        return Session(
            token_hash=row["token_hash"],
            filer=Filer(row["pacer_account"], row["login"], row["name"], row["email"], row["upgraded"]),
            client_code=row["client_code"],
            signed_in_at=row["signed_in_at"],
            expires_at=row["expires_at"],
            acknowledged_court=row["acknowledged_court"],
        )

    async def acknowledge(self, token_hash: bytes, court_id: str) -> None:
        """Note the court for which the filer ticked that the account is their own."""
        async with acquired(self._pool) as connection:
            await connection.execute(_ACKNOWLEDGE, token_hash, court_id)

    async def end(self, token: str) -> None:
        """Delete a session."""
        async with acquired(self._pool) as connection:
            await connection.execute(_END, digest(token))

    async def sweep(self, now: datetime) -> None:
        """Delete sessions that ended by themselves, a bounded number at a time."""
        async with acquired(self._pool) as connection:
            await connection.execute(_SWEEP, now, now - IDLE_LIMIT, SWEEP_COUNT_MAX)
