"""The loop that forgets what was begun and never finished."""

import asyncio
from contextlib import suppress
from typing import Final

from services.auth.factors import store
from services.auth.factors.enrolment import UNFINISHED_AGE_MAX
from services.runtime.clock import Clock
from services.runtime.database import Pool, acquired
from services.runtime.faults import Transient

SWEEP_S: Final = 300.0
SWEEP_COUNT_MAX: Final = 10_000


async def sweep(pool: Pool, clock: Clock) -> None:
    """Every five minutes delete enrolments and codes that are an hour old, a bounded number at a time."""
    while True:
        with suppress(Transient):  # the next round sweeps what this one did not
            async with acquired(pool) as connection:
                await store.sweep(connection, clock() - UNFINISHED_AGE_MAX, SWEEP_COUNT_MAX)
        await asyncio.sleep(SWEEP_S)
