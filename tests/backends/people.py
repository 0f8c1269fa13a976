"""The demo people in a test's own database, as `ecflink accounts import` writes them; hashed once per process."""

from functools import cache
from typing import Final, NamedTuple

import asyncpg

from services.ops import account_rows, registry
from services.ops.account_import import hash_all, key_of, write
from services.ops.stack.embedded import PEOPLE_PATH
from tests.backends.databases import Database

_FAULTS: Final = "the demo people's file is at fault"


class _Hashed(NamedTuple):
    rows: list[account_rows.Row]
    keys: list[str]
    hashes: list[str | None]


async def write_demo_people(database: Database) -> None:
    """Write every account of the demo people."""
    people = _people()
    connection = await asyncpg.connect(database.owner_url)
    try:
        await write(connection, people.rows, people.keys, people.hashes, {})
    finally:
        await connection.close()


@cache
def _people() -> _Hashed:
    lines, faults = account_rows.read(PEOPLE_PATH)
    assert not faults, _FAULTS
    rows = [row for _, row in lines]
    courts = registry.packaged()
    keys = [key_of(row, courts) for row in rows]
    return _Hashed(rows, keys, hash_all(rows, [None] * len(rows), lambda made, _: made))
