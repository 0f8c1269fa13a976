"""`ecflink accounts`: bring PACER and CM/ECF accounts in from a file, take them out, look one up, edit one."""

import asyncio
import getpass
import sys
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from cyclopts import App, Parameter
from pydantic import Field
from rich.console import Console
from rich.progress import track

from services.auth.protection.settings import ProtectionSettings
from services.auth.settings import PacerVerifier
from services.ops.account_edit import edit
from services.ops.account_export import exported, opened
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
from services.ops.account_show import COLUMNS, found
from services.ops.account_wishes import Edited, NotEdited, Order, Wish
from services.ops.arguments import By, Json
from services.ops.registry import packaged
from services.runtime.clock import now
from services.runtime.database import Connection, acquired, open_pool
from services.runtime.screen import say, show, warn
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

app = App(name="accounts", help="PACER and CM/ECF accounts that people sign in with.")


class ImportSettings(DatabaseSettings):
    """Settings of `ecflink accounts import`."""

    pacer_verifier: PacerVerifier = Field(PacerVerifier.OWN, description="As auth's.")


class EditSettings(DatabaseSettings, ProtectionSettings):
    """Settings of `ecflink accounts edit`: the database as ecflink_auth, and the list of breached passwords."""


@app.command(name="import")
def import_accounts(file: Path, /) -> int:
    """Import accounts from CSV or JSON Lines: all of the file, or nothing of it. What it does not tell stays.

    Columns: kind (pacer or cmecf), login, name, email, status, and password or password_hash (Argon2id, bcrypt,
    PBKDF2-SHA256, PBKDF2-SHA512, scrypt); for pacer account_number, upgraded, account_type, exempt, case_search_only,
    roles, client_code_required, client_codes; for cmecf court_id, role. Where PACER_VERIFIER is remote, a pacer account
    needs no password.
    """
    settings = load(ImportSettings)
    lines, faults = read(file, remote=settings.pacer_verifier is PacerVerifier.REMOTE)
    faults += faults_within(lines, packaged())
    if not faults:
        imported = asyncio.run(_import(settings, lines))
        if isinstance(imported, Imported):
            say(f"{imported.created} accounts created, {imported.updated} updated")
            return 0
        faults = imported
    _tell(faults)
    return EXIT_USAGE


async def _import(settings: DatabaseSettings, lines: Lines) -> Imported | list[Fault]:
    async with _connection(settings, **_PATIENT) as connection:
        await lock(connection)
        if faults := await faults_against(connection, lines):
            return faults
        rows, courts = [row for _, row in lines], packaged()
        keys = [key_of(row, courts) for row in rows]
        known = await known_hashes(connection, rows, keys)
        hashes = await asyncio.to_thread(hash_all, rows, [known.get(key) for key in keys], _tracked)
        return await write(connection, rows, keys, hashes, known)


def _tracked(hashes: Iterable[str | None], count: int) -> Iterable[str | None]:
    console = Console(stderr=True)
    return track(hashes, "hashing passwords", total=count, console=console, disable=not sys.stderr.isatty())


def _tell(faults: list[Fault]) -> None:
    ordered = sorted(faults)
    for fault in ordered[:FAULTS_SHOWN_MAX]:
        warn(f"line {fault.line}: {fault.reason}" if fault.line else fault.reason)
    if len(ordered) > FAULTS_SHOWN_MAX:
        warn(f"… and {len(ordered) - FAULTS_SHOWN_MAX} more")
    warn(f"{len(ordered)} faults: nothing was imported")


@app.command(name="export")
def export_accounts(
    *,
    kind: Annotated[Literal["pacer", "cmecf"] | None, Parameter(help="Only these accounts.")] = None,
    court: Annotated[str, Parameter(help="Only this court's CM/ECF accounts.")] = "",
    out: Annotated[Path | None, Parameter(help="A new file, which its owner alone can read.")] = None,
) -> int:
    """Export accounts as JSON Lines that `import` takes back, with their password hashes."""
    if court and kind == "pacer":
        warn("--court bounds CM/ECF accounts: leave it out, or ask for --kind cmecf")
        return EXIT_USAGE
    warn("the export holds password hashes: keep it as you keep the database, and delete it when it has served")
    try:
        count = asyncio.run(_export(load(DatabaseSettings), kind or "", court.upper(), out))
    except OSError as error:
        warn(f"{out}: {error.strerror}; nothing was exported")
        return 1
    warn(f"{count} accounts exported")
    return 0


async def _export(settings: DatabaseSettings, kind: str, court_id: str, out: Path | None) -> int:
    count = 0
    with opened(out) as file:
        async with aclosing(_exported(settings, kind, court_id)) as lines:
            async for line in lines:
                file.write(line)
                count += 1
    return count


async def _exported(settings: DatabaseSettings, kind: str, court_id: str) -> AsyncGenerator[bytes]:
    async with _connection(settings, **_PATIENT) as connection:
        async for line in exported(connection, kind=kind, court_id=court_id):
            yield line


@app.command(name="show")
def show_account(
    name: Annotated[str, Parameter(help="A login, or the number of a PACER account.")],
    /,
    *,
    court: Annotated[str, Parameter(help="Only this court's CM/ECF accounts and links.")] = "",
    json: Json = False,
) -> int:
    """Show the accounts with a login or number, what they are good for, and what they are linked to."""
    rows = asyncio.run(_find(load(DatabaseSettings), name, court.upper()))
    show(rows, columns=COLUMNS, json=json, empty=f"no account {name!r}")
    return 0 if rows else 1


async def _find(settings: DatabaseSettings, name: str, court_id: str) -> list[dict[str, Any]]:
    async with _connection(settings) as connection:
        return await found(connection, name, court_id)


@app.command(name="edit")
def edit_account(
    account: Annotated[str, Parameter(help="A login, or the number of a PACER account.")],
    /,
    *,
    court: Annotated[str, Parameter(help="The court of a CM/ECF account.")] = "",
    password_file: Annotated[Path | None, Parameter(help="File whose first line is the new password; - asks.")] = None,
    by: By | None = None,
    wish: Wish | None = None,
) -> int:
    """Edit an account. Another status or password ends its sessions; another PACER password is told to its owner."""
    settings = load(EditSettings)
    try:
        order = Order(
            account=account,
            court_id=court.upper(),
            wish=wish or Wish(),
            password=None if password_file is None else _password(password_file),
            by=by or getpass.getuser(),
            at=now(),
            breached_path=settings.breached_passwords_path,
        )
        edited = asyncio.run(_edit(settings, order))
    except (NotEdited, OSError) as fault:
        warn(f"{fault}; nothing was changed")
        return 1
    _say(edited)
    return 0


async def _edit(settings: DatabaseSettings, order: Order) -> Edited:
    async with _connection(settings) as connection:
        return await edit(connection, order)


def _password(path: Path) -> str:
    if str(path) == "-":
        return getpass.getpass("new password: ")
    try:
        first, *_ = path.read_text(encoding="utf-8-sig").split("\n", 1)
    except UnicodeDecodeError:
        raise NotEdited(f"{path} is not UTF-8") from None
    return first.removesuffix("\r")


def _say(edited: Edited) -> None:
    for name, (old, new) in edited.changes.items():
        say(f"{name}: {_shown(old)} → {_shown(new)}")
    if edited.password:
        say("password: set anew")
    if not edited.changes and not edited.password:
        say("nothing to change")
    if edited.sessions:
        say(f"{edited.sessions} sessions ended")


def _shown(value: object) -> str:
    if value is None:
        return "none"
    return ", ".join(value) or "none" if isinstance(value, list) else str(value)


@asynccontextmanager
async def _connection(settings: DatabaseSettings, **server_settings: str) -> AsyncGenerator[Connection]:
    pool = await open_pool(settings, size_max=1, **server_settings)
    try:
        async with acquired(pool) as connection:
            yield connection
    finally:
        await pool.close()
