"""Importing accounts: the file against itself and the database, hashing on all cores, one transaction for all of it."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, NamedTuple

from services.auth.signon.passwords import HASHER, matches, normalized
from services.contract.courts import Court, canonical_login
from services.ops.account_rows import CmecfRow, Fault, PacerRow, Row
from services.runtime.database import Connection

_LOCK: Final = 0x696D_7072  # "impr": one import at a time

# One text key per account, so that both kinds are looked up, hashed and compared alike.
_PACER_HASHES: Final = """
SELECT pacer_account AS key, password_hash FROM auth.pacer_accounts WHERE pacer_account = ANY($1::text[])"""
_CMECF_HASHES: Final = """
SELECT court_id || ':' || cmecf_canonical AS key, password_hash FROM auth.cmecf_accounts
 WHERE (court_id, cmecf_canonical) IN (SELECT * FROM unnest($1::text[], $2::text[]))"""
_LOGIN_OWNERS: Final = "SELECT login, pacer_account FROM auth.pacer_accounts WHERE login = ANY($1::text[])"

_WRITE_PACER: Final = """
INSERT INTO auth.pacer_accounts AS old (pacer_account, login, password_hash, name, email, upgraded)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::boolean[])
ON CONFLICT (pacer_account) DO UPDATE
   SET login = EXCLUDED.login, name = EXCLUDED.name, email = EXCLUDED.email, upgraded = EXCLUDED.upgraded,
       password_hash = EXCLUDED.password_hash, imported_at = now(),
       verifier_version = old.verifier_version + (old.password_hash <> EXCLUDED.password_hash)::integer"""
_WRITE_CMECF: Final = """
INSERT INTO auth.cmecf_accounts AS old (court_id, cmecf_canonical, login, password_hash, name, email)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
ON CONFLICT (court_id, cmecf_canonical) DO UPDATE
   SET login = EXCLUDED.login, name = EXCLUDED.name, email = EXCLUDED.email,
       password_hash = EXCLUDED.password_hash, imported_at = now(),
       verifier_version = old.verifier_version + (old.password_hash <> EXCLUDED.password_hash)::integer"""
_END_SESSIONS: Final = "DELETE FROM auth.sessions WHERE pacer_account = ANY($1::text[])"

Lines = Sequence[tuple[int, Row]]
Track = Callable[[Iterable[str], int], Iterable[str]]


class Imported(NamedTuple):
    """How many accounts were new, and how many replaced what was known of them."""

    created: int
    updated: int


def key_of(row: Row, courts: Mapping[str, Court]) -> str:
    """Return what tells an account from others: the PACER account number, or `COURT:login as the court compares it`."""
    if isinstance(row, PacerRow):
        return row.account_number
    return f"{row.court_id}:{canonical_login(row.login, courts[row.court_id].type)}"


def faults_within(lines: Lines, courts: Mapping[str, Court]) -> list[Fault]:
    """Return what is wrong with rows taken together: unknown courts, and accounts or logins that come twice."""
    faults = []
    seen: dict[str, int] = {}
    for line, row in lines:
        if isinstance(row, CmecfRow) and row.court_id not in courts:
            faults.append(Fault(line, f"court_id: {row.court_id} is not in the registry; see `ecflink courts list`"))
            continue
        names = [f"account {key_of(row, courts)}"] + ([f"login {row.login}"] if isinstance(row, PacerRow) else [])
        faults += [Fault(line, f"{name} stands in line {seen[name]} already") for name in names if name in seen]
        seen.update((name, line) for name in names if name not in seen)
    return faults


async def faults_against(connection: Connection, lines: Lines) -> list[Fault]:
    """Return which rows would take another PACER account's login."""
    pacer = [(line, row) for line, row in lines if isinstance(row, PacerRow)]
    rows = await connection.fetch(_LOGIN_OWNERS, [row.login for _, row in pacer])
    owners = {row["login"]: row["pacer_account"] for row in rows}
    return [
        Fault(line, f"login {row.login} belongs to PACER account {owners[row.login]} already")
        for line, row in pacer
        if owners.get(row.login, row.account_number) != row.account_number
    ]


async def lock(connection: Connection) -> None:
    """Wait until no other import runs; the lock ends with the connection."""
    await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)


async def known_hashes(connection: Connection, rows: Sequence[Row], keys: Sequence[str]) -> dict[str, str]:
    """Return the password hashes that are stored for these accounts, by key."""
    pacer = [key for row, key in zip(rows, keys, strict=True) if isinstance(row, PacerRow)]
    cmecf = [key.split(":", 1) for row, key in zip(rows, keys, strict=True) if isinstance(row, CmecfRow)]
    found = await connection.fetch(_PACER_HASHES, pacer)
    found += await connection.fetch(_CMECF_HASHES, [key[0] for key in cmecf], [key[1] for key in cmecf])
    return {row["key"]: row["password_hash"] for row in found}


def hash_all(rows: Sequence[Row], known: Sequence[str | None], track: Track) -> list[str]:
    """Return the hash to store for each row, on all cores; an unchanged password keeps the hash that is known."""
    with ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="hash-import") as pool:
        return list(track(pool.map(_hash, rows, known), len(rows)))


def _hash(row: Row, known: str | None) -> str:
    if row.password_hash is not None:
        return row.password_hash
    assert row.password is not None, "a row has one or the other"
    if known is not None and matches(known, row.password):
        return known
    return HASHER.hash(normalized(row.password))


async def write(
    connection: Connection, rows: Sequence[Row], keys: Sequence[str], hashes: Sequence[str], known: Mapping[str, str]
) -> Imported:
    """Write every account in one transaction; who got another PACER password is signed out."""
    pacer, cmecf = [], []
    for row, key, password_hash in zip(rows, keys, hashes, strict=True):
        if isinstance(row, PacerRow):
            pacer.append((key, row.login, password_hash, row.name, row.email, row.upgraded))
        else:
            cmecf.append((*key.split(":", 1), row.login, password_hash, row.name, row.email))
    changed = [
        key for key, password_hash in zip(keys, hashes, strict=True) if known.get(key, password_hash) != password_hash
    ]
    async with connection.transaction():
        if pacer:
            await connection.execute(_WRITE_PACER, *map(list, zip(*pacer, strict=True)))
        if cmecf:
            await connection.execute(_WRITE_CMECF, *map(list, zip(*cmecf, strict=True)))
        await connection.execute(_END_SESSIONS, changed)
    return Imported(created=len(keys) - len(known), updated=len(known))
