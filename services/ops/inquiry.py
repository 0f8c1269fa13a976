"""Looks things up for a command: one query on one connection, as the login of DATABASE_URL (ecflink_reader will do)."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from services.runtime.database import Connection, connecting
from services.runtime.settings import DatabaseSettings, load

Row = Mapping[str, Any]


def look_up(query: str, *arguments: object) -> list[Row]:
    """Return a query's rows. Raises SettingsFault, Transient or Halt."""
    return asyncio.run(_look_up(load(DatabaseSettings), query, *arguments))


def ask[Answer](question: Callable[[Connection], Awaitable[Answer]]) -> Answer:
    """Return what a service's own query answers, on one connection. Raises as `look_up`."""

    async def asking() -> Answer:
        async with connecting(load(DatabaseSettings)) as connection:
            return await question(connection)

    return asyncio.run(asking())


async def _look_up(settings: DatabaseSettings, query: str, *arguments: object) -> list[Row]:
    async with connecting(settings) as connection:
        rows: list[Row] = await connection.fetch(query, *arguments)
    return rows
