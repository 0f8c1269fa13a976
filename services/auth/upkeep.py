"""The loops that keep auth's house: the watch on Postgres, and the sweep of what ended by itself."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from services.auth.signon import places
from services.auth.signon.dummies import Dummies
from services.auth.signon.sessions import Sessions
from services.runtime.clock import now
from services.runtime.database import Pool, acquired
from services.runtime.faults import Transient
from services.runtime.health import Health

DATABASE: Final = "database"
PROBE_S: Final = 2.0
SWEEP_S: Final = 300.0


async def watch(pools: Sequence[Pool], health: Health) -> None:
    """Ask Postgres every other second, through the first of the pools, and tell health."""
    while True:
        try:
            async with acquired(pools[0]) as connection:
                await connection.execute("SELECT 1")
            health.ready(DATABASE)
        except Transient as trouble:
            health.waiting(DATABASE, str(trouble))
            # Idle connections are as dead as the one that told us: let the next filer have a new one.
            for pool in pools:
                await pool.expire_connections()
        await asyncio.sleep(PROBE_S)


async def sweep(pool: Pool, sessions: Sessions, dummies: Sequence[Dummies]) -> None:
    """Read the mix of password hashes at once and again with each sweep of sessions and places."""
    while True:
        with suppress(Transient):  # the next round does what this one did not
            async with acquired(pool) as connection:
                for each in dummies:
                    await each.refresh(connection)
            await sessions.sweep(now())
            await places.sweep(pool, now())
        await asyncio.sleep(SWEEP_S)
