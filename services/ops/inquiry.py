"""Looks things up for a command: one query on one connection, as the login of DATABASE_URL (ecflink_reader will do)."""

import asyncio
from collections.abc import Mapping
from typing import Any

from services.runtime.database import connecting
from services.runtime.settings import DatabaseSettings, load

Row = Mapping[str, Any]


def look_up(query: str, *arguments: object) -> list[Row]:
    """Return a query's rows. Raises SettingsFault, Transient or Halt."""
    return asyncio.run(_look_up(load(DatabaseSettings), query, *arguments))


async def _look_up(settings: DatabaseSettings, query: str, *arguments: object) -> list[Row]:
    async with connecting(settings) as connection:
        rows: list[Row] = await connection.fetch(query, *arguments)
    return rows
