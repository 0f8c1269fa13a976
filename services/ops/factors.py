"""`ecflink factors`: which second factors an account has, and taking them away when their owner has lost them all."""

import asyncio
from typing import Annotated, Final

from cyclopts import App, Parameter

from services.auth.factors import store
from services.auth.factors.loss import Taken, take_all
from services.auth.signon.accounts import storable
from services.ops.arguments import By, Json
from services.runtime.clock import now
from services.runtime.database import Connection, connecting
from services.runtime.screen import say, show, warn
from services.runtime.settings import DatabaseSettings, load

_COLUMNS: Final = ("kind", "label", "created_at", "used_at")
_NOBODY: Final = "no PACER account {!r}, or it is one account's login and another's number: see `ecflink accounts show`"

Name = Annotated[str, Parameter(help="A login, or the number of a PACER account.")]

app = App(name="factors", help="Second factors of PACER accounts.")


@app.command(name="list")
def list_factors(account: Name, /, *, json: Json = False) -> int:
    """List the apps and passkeys of an account, and how many backup codes are left. No secret is shown."""
    rows = asyncio.run(_listed(account))
    if rows is None:
        warn(_NOBODY.format(account))
        return 1
    show(rows, columns=_COLUMNS, json=json, empty="no second factor")
    return 0


@app.command(name="remove")
def remove_factors(account: Name, /, *, by: By) -> int:
    """Take all second factors of an account away: its owner has lost them, and you have made sure who is asking.

    Open sessions end, the owner is told by mail, and the act is kept. As ecflink_auth.
    """
    taken = asyncio.run(_taken(account, by))
    if taken is None:
        warn(_NOBODY.format(account))
        return 1
    if not taken.changes:
        say("no second factor; nothing was changed")
        return 0
    for change in taken.changes:
        say(f"removed: {change.factor.value} {change.label}".rstrip())
    say(f"{taken.sessions} sessions ended; the owner is told by mail")
    return 0


async def _listed(account: str) -> list[dict[str, object]] | None:
    async with connecting(load(DatabaseSettings)) as connection:
        number = await _number(connection, account)
        if number is None:
            return None
        rows: list[dict[str, object]] = [factor._asdict() for factor in await store.listed(connection, number)]
        left = await store.backup_left(connection, number)
    codes: dict[str, object] = {"kind": "backup-codes", "label": f"{left} left", "created_at": None, "used_at": None}
    return [*rows, codes] if left else rows


async def _taken(account: str, by: str) -> Taken | None:
    async with connecting(load(DatabaseSettings)) as connection:
        number = await _number(connection, account)
        return None if number is None else await take_all(connection, number, by=by, now=now())


async def _number(connection: Connection, account: str) -> str | None:
    return await store.number_of(connection, storable(account))
