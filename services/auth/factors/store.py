"""The statements over an account's second factors. Each is one compare-and-set or runs in the caller's transaction."""

from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from services.auth.factors.facts import FACTS_COLUMNS, FactorFacts, Use
from services.runtime.database import Connection

# The comparison decides, between processes too: a code never twice.
_TAKE_STEP: Final = """
UPDATE auth.factors SET last_step = $3, used_at = $4
 WHERE factor_id = $1 AND pacer_account = $2 AND confirmed_at IS NOT NULL AND last_step < $3 RETURNING factor_id"""
_TAKE_BACKUP: Final = """
UPDATE auth.backup_codes SET used_at = $3
 WHERE pacer_account = $1 AND digest = $2 AND used_at IS NULL RETURNING digest"""

_HELD: Final = f"""
SELECT a.pacer_account, a.name, a.email, a.kind, a.upgraded, a.factor_skips, {FACTS_COLUMNS}
  FROM auth.pacer_accounts AS a WHERE a.pacer_account = $1"""  # noqa: S608 - a constant
_NUMBER: Final = "SELECT pacer_account FROM auth.pacer_accounts WHERE login = $1 OR pacer_account = $1 LIMIT 2"
_END_SESSIONS: Final = "DELETE FROM auth.sessions WHERE pacer_account = $1 RETURNING origin"
_LISTED: Final = """
SELECT factor_id, kind, label, created_at, used_at FROM auth.factors
 WHERE pacer_account = $1 AND confirmed_at IS NOT NULL ORDER BY confirmed_at, factor_id"""
_BACKUP_LEFT: Final = "SELECT count(*) FROM auth.backup_codes WHERE pacer_account = $1 AND used_at IS NULL"

# Changes of one account's factors follow one another; signing in, which refers to the row, is not held up.
_LOCK: Final = "SELECT FROM auth.pacer_accounts WHERE pacer_account = $1 FOR NO KEY UPDATE"

_PENDING: Final = """
SELECT factor_id, secret FROM auth.factors
 WHERE pacer_account = $1 AND kind = 'totp' AND confirmed_at IS NULL AND created_at > $2
 ORDER BY created_at DESC LIMIT 1"""
_INSERT_APP: Final = """
INSERT INTO auth.factors (factor_id, pacer_account, kind, label, secret, created_at)
VALUES ($1, $2, 'totp', '', $3, $4)"""
_CONFIRM_APP: Final = """
UPDATE auth.factors SET label = $3, last_step = $4, confirmed_at = $5
 WHERE factor_id = $1 AND pacer_account = $2 AND confirmed_at IS NULL RETURNING factor_id"""
_INSERT_PASSKEY: Final = """
INSERT INTO auth.factors (factor_id, pacer_account, kind, label, credential_id, public_key, sign_count, created_at,
                          confirmed_at)
VALUES ($1, $2, 'passkey', $3, $4, $5, $6, $7, $7) ON CONFLICT (credential_id) DO NOTHING RETURNING factor_id"""
_COUNT: Final = """
SELECT count(*) FROM auth.factors WHERE pacer_account = $1 AND kind = $2 AND confirmed_at IS NOT NULL"""
_DELETE: Final = """
DELETE FROM auth.factors WHERE factor_id = $1 AND pacer_account = $2 AND confirmed_at IS NOT NULL
RETURNING kind, label"""
_DELETE_BACKUP: Final = "DELETE FROM auth.backup_codes WHERE pacer_account = $1 RETURNING digest"
_INSERT_BACKUP: Final = "INSERT INTO auth.backup_codes (pacer_account, digest) VALUES ($1, $2)"

_PASSKEYS: Final = """
SELECT factor_id, label, credential_id, public_key, sign_count FROM auth.factors
 WHERE pacer_account = $1 AND kind = 'passkey' AND confirmed_at IS NOT NULL ORDER BY confirmed_at"""
_USE_PASSKEY: Final = """
UPDATE auth.factors SET sign_count = $3, used_at = $4
 WHERE factor_id = $1 AND pacer_account = $2 AND (sign_count < $3 OR (sign_count = 0 AND $3 = 0)) RETURNING factor_id"""

_SWEEP: Final = """
DELETE FROM auth.factors WHERE factor_id IN (
    SELECT factor_id FROM auth.factors WHERE confirmed_at IS NULL AND created_at <= $1 LIMIT $2)"""
_SWEEP_CODES: Final = """
DELETE FROM auth.security_codes WHERE pacer_account IN (
    SELECT pacer_account FROM auth.security_codes
     WHERE expires_at <= $1 AND (taken_at IS NULL OR taken_at <= $1) LIMIT $2)"""


class Held(NamedTuple):
    """An account as the second factor sees it: the rules' `Holder`, and where its owner gets mail."""

    pacer_account: str
    name: str
    email: str
    kind: str
    upgraded: bool
    factor_skips: int
    factors: FactorFacts


class Factor(NamedTuple):
    """A confirmed factor as its owner sees it. `kind` is `totp` or `passkey`."""

    factor_id: UUID
    kind: str
    label: str
    created_at: datetime
    used_at: datetime | None


class Passkey(NamedTuple):
    """A passkey as a ceremony needs it."""

    factor_id: UUID
    label: str
    credential_id: bytes
    public_key: bytes
    sign_count: int


async def held(connection: Connection, pacer_account: str) -> Held | None:
    """Return the account with its factors."""
    row = await connection.fetchrow(_HELD, pacer_account)
    if row is None:
        return None
    plain = {name: row[name] for name in ("pacer_account", "name", "email", "kind", "upgraded", "factor_skips")}
    return Held(**plain, factors=FactorFacts.of(row))


async def number_of(connection: Connection, name: str) -> str | None:
    """Return the account number of a login or number; None when there is none, or the name is of two accounts."""
    found = await connection.fetch(_NUMBER, name)
    return found[0]["pacer_account"] if len(found) == 1 else None


async def end_sessions(connection: Connection, pacer_account: str) -> int:
    """End every session of an account, and return how many there were."""
    return len(await connection.fetch(_END_SESSIONS, pacer_account))


async def listed(connection: Connection, pacer_account: str) -> list[Factor]:
    """Return the confirmed apps and passkeys, oldest first."""
    return [Factor(**row) for row in await connection.fetch(_LISTED, pacer_account)]


async def backup_left(connection: Connection, pacer_account: str) -> int:
    """Return how many backup codes are unused."""
    left: int = await connection.fetchval(_BACKUP_LEFT, pacer_account)
    return left


async def lock(connection: Connection, pacer_account: str) -> None:
    """Let changes of this account's factors follow one another until the transaction ends."""
    await connection.fetch(_LOCK, pacer_account)


async def use_up(connection: Connection, pacer_account: str, use: Use, now: datetime) -> bool:
    """Use a code up; False when another request did before."""
    if use.factor_id is not None:
        return await connection.fetchval(_TAKE_STEP, use.factor_id, pacer_account, use.step, now) is not None
    return await connection.fetchval(_TAKE_BACKUP, pacer_account, use.digest, now) is not None


async def pending_app(connection: Connection, pacer_account: str, since: datetime) -> tuple[UUID, bytes] | None:
    """Return the app whose enrolment is under way: its id and encrypted seed."""
    row = await connection.fetchrow(_PENDING, pacer_account, since)
    return None if row is None else (row["factor_id"], row["secret"])


async def insert_app(connection: Connection, pacer_account: str, factor_id: UUID, secret: bytes, now: datetime) -> None:
    """Begin the enrolment of an app."""
    await connection.execute(_INSERT_APP, factor_id, pacer_account, secret, now)


async def confirm_app(connection: Connection, pacer_account: str, use: Use, label: str, now: datetime) -> bool:
    """End it; False when another request did, or it was swept."""
    return await connection.fetchval(_CONFIRM_APP, use.factor_id, pacer_account, label, use.step, now) is not None


async def count(connection: Connection, pacer_account: str, kind: str) -> int:
    """Return how many confirmed factors of a kind there are."""
    found: int = await connection.fetchval(_COUNT, pacer_account, kind)
    return found


async def delete(connection: Connection, pacer_account: str, factor_id: UUID) -> tuple[str, str] | None:
    """Delete a factor and return its kind and label."""
    row = await connection.fetchrow(_DELETE, factor_id, pacer_account)
    return None if row is None else (row["kind"], row["label"])


async def delete_backup(connection: Connection, pacer_account: str) -> int:
    """Delete all backup codes, used ones too, and return how many there were."""
    return len(await connection.fetch(_DELETE_BACKUP, pacer_account))


async def insert_backup(connection: Connection, pacer_account: str, digests: list[bytes]) -> None:
    """Keep the digests of new backup codes."""
    await connection.executemany(_INSERT_BACKUP, [(pacer_account, digest) for digest in digests])


async def passkeys(connection: Connection, pacer_account: str) -> list[Passkey]:
    """Return the account's passkeys."""
    return [Passkey(**row) for row in await connection.fetch(_PASSKEYS, pacer_account)]


async def insert_passkey(connection: Connection, pacer_account: str, passkey: Passkey, now: datetime) -> bool:
    """Keep a new passkey; False when its credential id is known already."""
    facts: tuple[Any, ...] = (passkey.label, passkey.credential_id, passkey.public_key, passkey.sign_count)
    return await connection.fetchval(_INSERT_PASSKEY, passkey.factor_id, pacer_account, *facts, now) is not None


async def use_passkey(
    connection: Connection, pacer_account: str, factor_id: UUID, sign_count: int, now: datetime
) -> bool:
    """Note a passkey's use; False when its counter did not move on, as a copied key's would not."""
    return await connection.fetchval(_USE_PASSKEY, factor_id, pacer_account, sign_count, now) is not None


async def sweep(connection: Connection, before: datetime, count_max: int) -> None:
    """Delete enrolments that were begun before a time and never finished, and security codes that ended before it."""
    await connection.execute(_SWEEP, before, count_max)
    await connection.execute(_SWEEP_CODES, before, count_max)
