"""`ecflink accounts`: bring PACER and CM/ECF accounts in from a file, and look one up."""

import asyncio
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Final

from cyclopts import App, Parameter
from rich.console import Console
from rich.progress import track

from services.ops.account_import import (
    Imported,
    Lines,
    faults_against,
    faults_within,
    hash_all,
    key_of,
    known_hashes,
    lock,
    write,
)
from services.ops.account_rows import Fault, read
from services.ops.registry import packaged
from services.ops.screen import say, show, warn
from services.runtime.database import acquired, open_pool
from services.runtime.settings import DatabaseSettings, load

EXIT_USAGE: Final = 2
FAULTS_SHOWN_MAX: Final = 100
# An import is one transaction, however long; what bounds a request's statements does not bound it.
_PATIENT: Final = {
    "statement_timeout": "0",
    "transaction_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "lock_timeout": "60s",
}
_COLUMNS: Final = ("kind", "court_id", "account_number", "login", "name", "email", "upgraded", "linked_by")

# Whatever a person has at hand: a login, or the number of a PACER account. Never the hash.
_FIND: Final = """
SELECT 'pacer' AS kind, NULL AS court_id, p.pacer_account AS account_number, p.login, p.name, p.email, p.upgraded,
       p.verifier_version, p.imported_at,
       (SELECT string_agg(l.court_id || ' ' || l.transaction_id, ', ' ORDER BY l.court_id)
          FROM auth.links AS l WHERE l.pacer_account = p.pacer_account AND ($2 = '' OR l.court_id = $2)) AS linked_by
  FROM auth.pacer_accounts AS p WHERE p.login = $1 OR p.pacer_account = $1
UNION ALL
SELECT 'cmecf', c.court_id, l.pacer_account, c.login, c.name, c.email, NULL,
       c.verifier_version, c.imported_at, l.court_id || ' ' || l.transaction_id
  FROM auth.cmecf_accounts AS c LEFT JOIN auth.links AS l USING (court_id, cmecf_canonical)
 WHERE (c.login = $1 OR c.cmecf_canonical = $1 OR l.pacer_account = $1) AND ($2 = '' OR c.court_id = $2)
 ORDER BY 1 DESC, 2
 LIMIT 500"""

app = App(name="accounts", help="PACER and CM/ECF accounts that people sign in with.")


@app.command(name="import")
def import_accounts(file: Path, /) -> int:
    """Import accounts from CSV or JSON Lines: all of the file, or nothing of it.

    Columns: kind (pacer or cmecf), login, name, email, and password or password_hash (Argon2id, PHC);
    account_number and upgraded for pacer, court_id for cmecf.
    """
    lines, faults = read(file)
    courts = packaged()
    faults += faults_within(lines, courts)
    settings = load(DatabaseSettings)
    if not faults:
        imported = asyncio.run(_import(settings, lines))
        if isinstance(imported, Imported):
            say(f"{imported.created} accounts created, {imported.updated} updated")
            return 0
        faults = imported
    _tell(faults)
    return EXIT_USAGE


async def _import(settings: DatabaseSettings, lines: Lines) -> Imported | list[Fault]:
    pool = await open_pool(settings, size_max=1, **_PATIENT)
    try:
        async with acquired(pool) as connection:
            await lock(connection)
            if faults := await faults_against(connection, lines):
                return faults
            rows, courts = [row for _, row in lines], packaged()
            keys = [key_of(row, courts) for row in rows]
            known = await known_hashes(connection, rows, keys)
            hashes = await asyncio.to_thread(hash_all, rows, [known.get(key) for key in keys], _tracked)
            return await write(connection, rows, keys, hashes, known)
    finally:
        await pool.close()


def _tracked(hashes: Iterable[str], count: int) -> Iterable[str]:
    console = Console(stderr=True)
    return track(hashes, "hashing passwords", total=count, console=console, disable=not sys.stderr.isatty())


def _tell(faults: list[Fault]) -> None:
    ordered = sorted(faults)
    for fault in ordered[:FAULTS_SHOWN_MAX]:
        warn(f"line {fault.line}: {fault.reason}" if fault.line else fault.reason)
    if len(ordered) > FAULTS_SHOWN_MAX:
        warn(f"… and {len(ordered) - FAULTS_SHOWN_MAX} more")
    warn(f"{len(ordered)} faults: nothing was imported")


@app.command(name="show")
def show_account(
    name: Annotated[str, Parameter(help="A login, or the number of a PACER account.")],
    /,
    *,
    court: Annotated[str, Parameter(help="Only this court's CM/ECF accounts and links.")] = "",
    json: Annotated[bool, Parameter(help="Print JSON.", negative=())] = False,
) -> int:
    """Show the accounts with a login or number, and what they are linked to."""
    rows = asyncio.run(_find(load(DatabaseSettings), name, court.upper()))
    show(rows, columns=_COLUMNS, json=json, empty=f"no account {name!r}")
    return 0 if rows else 1


async def _find(settings: DatabaseSettings, name: str, court_id: str) -> list[dict[str, object]]:
    pool = await open_pool(settings, size_max=1)
    try:
        async with acquired(pool) as connection:
            return [dict(row) for row in await connection.fetch(_FIND, name, court_id)]
    finally:
        await pool.close()
