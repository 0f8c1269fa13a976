"""Importing accounts: the file against itself and the database, hashing on all cores, one transaction for all of it."""

import hashlib
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import batched
from typing import Final, NamedTuple

from services.auth.signon.hashes import HASHER, matches, normalized
from services.contract.courts import Court, canonical_login
from services.ops.account_rows import CmecfRow, Fault, PacerRow, Row
from services.ops.account_writes import SLICE_COUNT, changed_of, write_all
from services.runtime.database import Connection

_LOCK: Final = 0x696D_7072  # "impr": one import at a time

# One text key per account, so that both kinds are looked up, hashed and compared alike.
_PACER_HASHES: Final = """
SELECT pacer_account AS key, password_hash, brought_hash
  FROM auth.pacer_accounts WHERE pacer_account = ANY($1::text[])"""
_CMECF_HASHES: Final = """
SELECT court_id || ':' || cmecf_canonical AS key, password_hash, brought_hash FROM auth.cmecf_accounts
 WHERE (court_id, cmecf_canonical) IN (SELECT * FROM unnest($1::text[], $2::text[]))"""
_LOGIN_OWNERS: Final = "SELECT login, pacer_account FROM auth.pacer_accounts WHERE login = ANY($1::text[])"

Lines = Sequence[tuple[int, Row]]
Track = Callable[[Iterable[str | None], int], Iterable[str | None]]


class Known(NamedTuple):
    """What is stored of a password: its hash, and the SHA-256 of the imported one that this took the place of."""

    password_hash: str | None
    brought_hash: bytes | None = None


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
    owners: dict[str, str] = {}
    for some in batched(pacer, SLICE_COUNT, strict=False):
        found = await connection.fetch(_LOGIN_OWNERS, [row.login for _, row in some])
        owners.update((row["login"], row["pacer_account"]) for row in found)
    return [
        Fault(line, f"login {row.login} belongs to PACER account {owners[row.login]} already")
        for line, row in pacer
        if owners.get(row.login, row.account_number) != row.account_number
    ]


async def lock(connection: Connection) -> None:
    """Wait until no other import runs; the lock ends with the connection."""
    await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)


async def known_hashes(connection: Connection, rows: Sequence[Row], keys: Sequence[str]) -> dict[str, Known]:
    """Return the password hashes that are stored for these accounts, by key."""
    known: dict[str, Known] = {}
    for some in batched(zip(rows, keys, strict=True), SLICE_COUNT, strict=False):
        pacer = [key for row, key in some if isinstance(row, PacerRow)]
        cmecf = [key.split(":", 1) for row, key in some if isinstance(row, CmecfRow)]
        found = await connection.fetch(_PACER_HASHES, pacer)
        found += await connection.fetch(_CMECF_HASHES, [key[0] for key in cmecf], [key[1] for key in cmecf])
        known.update((row["key"], Known(row["password_hash"], row["brought_hash"])) for row in found)
    return known


def hash_all(rows: Sequence[Row], known: Sequence[Known | None], track: Track) -> list[str | None]:
    """Return the hash to store for each row; an unchanged password keeps the hash that is known. Passwords are hashed
    on all cores; a hash that was brought along costs nothing.
    """
    costly = [place for place, row in enumerate(rows) if row.password is not None]
    hashes: list[str | None] = [
        _brought(row, each) if row.password is None else None for row, each in zip(rows, known, strict=True)
    ]
    if costly:
        with ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="hash-import") as pool:
            made = pool.map(_hashed, [rows[place] for place in costly], [known[place] for place in costly])
            for place, each in zip(costly, track(made, len(costly)), strict=True):
                hashes[place] = each
    return hashes


def _brought(row: Row, known: Known | None) -> str | None:
    """Return the hash that a row brings, or what stands: without a secret the remote sign-on verifies."""
    standing = known.password_hash if known else None
    if row.password_hash is None:
        return standing
    if known is None or known.brought_hash is None:
        return row.password_hash
    brought = hashlib.sha256(row.password_hash.encode()).digest()
    return standing if known.brought_hash == brought else row.password_hash


def _hashed(row: Row, known: Known | None) -> str | None:
    standing = known.password_hash if known else None
    assert row.password is not None
    if standing is not None and matches(standing, row.password):
        return standing
    return HASHER.hash(normalized(row.password))


async def write(
    connection: Connection,
    rows: Sequence[Row],
    keys: Sequence[str],
    hashes: Sequence[str | None],
    known: Mapping[str, Known],
) -> Imported:
    """Write every account in one transaction; who got another PACER password, or is disabled, is signed out."""
    standing = {key: each.password_hash for key, each in known.items()}
    async with connection.transaction():
        await write_all(connection, rows, keys, hashes, changed_of(keys, hashes, standing))
    return Imported(created=len(keys) - len(known), updated=len(known))
