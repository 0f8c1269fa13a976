"""Sessions: a random token in the filer's hands, its SHA-256 in Postgres, an idle and an absolute limit.

The pages' sessions and those of filing programs (`origin`) have limits and token lengths of their own.
"""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from services.auth.insertions import Insertion, Shape
from services.auth.portal.ports import Filer, Origin, Session, Stage
from services.runtime.database import Connection, Pool, acquired

TOKEN_BYTES: Final = 32
API_TOKEN_BYTES: Final = 64
"""128 hexadecimal characters, as the published sign-on API returns (domain notes, 5)."""
TOKEN_CHARACTERS_MAX: Final = 128
# How stale last_seen_at may get: not every click is worth a write.
TOUCH_AFTER: Final = timedelta(minutes=1)
SWEEP_COUNT_MAX: Final = 10_000
LIST_COUNT_MAX: Final = 100

_SHAPE: Final = Shape(
    "auth.sessions (token_hash, pacer_account, court_id, client_code, signed_in_at, last_seen_at, expires_at, "
    "origin, stage, proved_at, redaction_court)",
    ("bytea", "text", "text", "text", *["timestamptz"] * 3, "text", "text", "timestamptz", "text"),
)

_OPEN: Final = "s.expires_at > $2 AND s.last_seen_at > CASE s.origin WHEN 'api' THEN $4::timestamptz ELSE $3 END"
_SELECT: Final = f"""
SELECT s.token_hash, s.client_code, s.signed_in_at, s.last_seen_at, s.expires_at, s.acknowledged_court, s.origin,
       s.stage, s.proved_at, s.redaction_court,
       a.pacer_account, a.login, a.name, a.email, a.upgraded, a.kind, a.status, a.exempt, a.case_search_only, a.roles
  FROM auth.sessions AS s JOIN auth.pacer_accounts AS a USING (pacer_account)
 WHERE {_OPEN}"""  # noqa: S608 - constants of ours
# Seen and found in one statement: each click would wait twice, once a minute.
_FIND: Final = f"""
WITH seen AS (UPDATE auth.sessions AS s SET last_seen_at = greatest(s.last_seen_at, $2)
               WHERE s.token_hash = $1 AND s.last_seen_at < $5 AND {_OPEN})
{_SELECT} AND s.token_hash = $1"""  # noqa: S608 - constants of ours
_OF_ACCOUNT: Final = f"{_SELECT} AND s.pacer_account = $1 ORDER BY s.signed_in_at DESC LIMIT $5"

_TOUCH: Final = "UPDATE auth.sessions SET last_seen_at = greatest(last_seen_at, $2) WHERE token_hash = $1"
_ACKNOWLEDGE: Final = "UPDATE auth.sessions SET acknowledged_court = $2 WHERE token_hash = $1"
_REDACTION: Final = "UPDATE auth.sessions SET redaction_court = $2 WHERE token_hash = $1"
_PROVED: Final = "UPDATE auth.sessions SET proved_at = greatest(proved_at, $2) WHERE token_hash = $1"
_END: Final = "DELETE FROM auth.sessions WHERE token_hash = $1 RETURNING pacer_account, court_id, origin"
_END_OTHERS: Final = "DELETE FROM auth.sessions WHERE pacer_account = $1 AND token_hash <> $2 RETURNING origin"
_SWEEP: Final = """
DELETE FROM auth.sessions WHERE token_hash IN (
    SELECT token_hash FROM auth.sessions
     WHERE expires_at <= $1 OR last_seen_at <= CASE origin WHEN 'api' THEN $3::timestamptz ELSE $2 END LIMIT $4)"""


class Limits(NamedTuple):
    """How long the sessions of one origin last."""

    idle: timedelta = timedelta(minutes=30)
    absolute: timedelta = timedelta(hours=8)


class SessionLimits(NamedTuple):
    """The limits of each origin."""

    pages: Limits = Limits()
    api: Limits = Limits(timedelta(minutes=20), timedelta(hours=12))

    def of(self, origin: str) -> Limits:
        """Return the limits of an origin."""
        return self.api if origin == Origin.API else self.pages


class SignedIn(NamedTuple):
    """The facts of a new session. `redaction`: where the redaction notice was acknowledged, None when it was not."""

    pacer_account: str
    court_id: str | None
    client_code: str
    at: datetime
    origin: Origin = Origin.PAGES
    stage: Stage = Stage.FULL
    redaction: str | None = None


def digest(token: str) -> bytes:
    """Return how a token is kept."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def new_token(origin: Origin) -> str:
    """Return a random token: 43 characters for a cookie of the pages, 128 for a filing program."""
    return secrets.token_hex(API_TOKEN_BYTES) if origin is Origin.API else secrets.token_urlsafe(TOKEN_BYTES)


def beginning(signed_in: SignedIn, limits: SessionLimits) -> tuple[str, Insertion]:
    """Return the token of a new session and the row that begins it."""
    token = new_token(signed_in.origin)
    expires_at = signed_in.at + limits.of(signed_in.origin).absolute
    account, court_id, client_code, at, origin, stage, redaction = signed_in
    facts = (account, court_id, client_code, at, at, expires_at, origin.value, stage.value, at, redaction)
    return token, Insertion(_SHAPE, (digest(token), *facts))


async def proved(connection: Connection, token_hash: bytes, at: datetime) -> None:
    """Note, inside the caller's transaction, that the password was given once more."""
    await connection.execute(_PROVED, token_hash, at)


async def redaction_read(connection: Connection, token_hash: bytes, court_id: str) -> None:
    """Note, inside the caller's transaction, the court at which the redaction notice was acknowledged."""
    await connection.execute(_REDACTION, token_hash, court_id)


async def end(connection: Connection, token: str) -> Mapping[str, Any] | None:
    """Delete a session inside the caller's transaction; return its pacer_account, court_id and origin."""
    return await connection.fetchrow(_END, digest(token))


async def end_others(connection: Connection, session: Session) -> int:
    """Delete the other sessions of an account inside the caller's transaction; return how many there were."""
    return len(await connection.fetch(_END_OTHERS, session.filer.pacer_account, session.token_hash))


class Sessions:
    """The sessions in Postgres. Raises Transient while it does not answer."""

    def __init__(self, pool: Pool, limits: SessionLimits | None = None) -> None:
        self._pool = pool
        self._limits = limits or SessionLimits()

    async def find(self, token: str, now: datetime) -> Session | None:
        """Return the session of a token and move its idle limit on; None when there is none or it ended."""
        if not token or len(token) > TOKEN_CHARACTERS_MAX:
            return None
        async with acquired(self._pool) as connection:
            row = await connection.fetchrow(_FIND, digest(token), now, *self._seen_after(now), now - TOUCH_AFTER)
        if row is None:
            return None
        seen_at = row["last_seen_at"]  # as it was before
        return self._session(row, now if seen_at < now - TOUCH_AFTER else seen_at)

    async def touch(self, session: Session, now: datetime) -> Session:
        """Move the idle limit on; return the session with its new one."""
        async with acquired(self._pool) as connection:
            await connection.execute(_TOUCH, session.token_hash, now)
        return replace(session, idle_until=min(now + self._limits.of(session.origin).idle, session.expires_at))

    async def of_account(self, pacer_account: str, now: datetime) -> list[Session]:
        """Return an account's open sessions, newest first."""
        async with acquired(self._pool) as connection:
            rows = await connection.fetch(_OF_ACCOUNT, pacer_account, now, *self._seen_after(now), LIST_COUNT_MAX)
        return [self._session(row, row["last_seen_at"]) for row in rows]

    async def acknowledge(self, token_hash: bytes, court_id: str) -> None:
        """Note the court for which the filer ticked that the account is their own."""
        async with acquired(self._pool) as connection:
            await connection.execute(_ACKNOWLEDGE, token_hash, court_id)

    async def sweep(self, now: datetime) -> None:
        """Delete sessions that ended by themselves, a bounded number at a time."""
        async with acquired(self._pool) as connection:
            await connection.execute(_SWEEP, now, *self._seen_after(now), SWEEP_COUNT_MAX)

    def _seen_after(self, now: datetime) -> tuple[datetime, datetime]:
        return now - self._limits.pages.idle, now - self._limits.api.idle

    def _session(self, row: Mapping[str, Any], seen_at: datetime) -> Session:
        filer = Filer(
            row["pacer_account"],
            row["login"],
            row["name"],
            row["email"],
            row["upgraded"],
            kind=row["kind"],
            status=row["status"],
            exempt=row["exempt"],
            case_search_only=row["case_search_only"],
            roles=tuple(row["roles"]),
        )
        return Session(
            token_hash=row["token_hash"],
            filer=filer,
            client_code=row["client_code"],
            signed_in_at=row["signed_in_at"],
            expires_at=row["expires_at"],
            acknowledged_court=row["acknowledged_court"],
            stage=Stage(row["stage"]),
            proved_at=row["proved_at"],
            redaction_acknowledged=row["redaction_court"] is not None or not filer.may_file,
            origin=row["origin"],
            idle_until=min(seen_at + self._limits.of(row["origin"]).idle, row["expires_at"]),
        )
