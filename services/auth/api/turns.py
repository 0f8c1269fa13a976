"""Turns: a filing program may sign in twenty times at once, while the limits count each try that is under way as wrong.

So tries of one account from one place go on a few at a time and the others wait for their turn, within bounds.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

from services.auth.portal.ports import Busy

WAIT_COUNT_MAX: Final = 32
"""Of one account and place, those that have their turn included."""
TOTAL_COUNT_MAX: Final = 1000
WAIT_S_MAX: Final = 10.0
RETRY_AFTER_S: Final = 3


class Turns:
    """`at_once` tries of a key go on together. What nobody waits for is forgotten."""

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._gates: dict[str, asyncio.Semaphore] = {}
        self._here: Counter[str] = Counter()
        self._total = 0

    def __len__(self) -> int:
        return len(self._gates)

    @asynccontextmanager
    async def turn(self, key: str) -> AsyncGenerator[None]:
        """Run a block when its turn has come. Raises Busy where too many wait, or after WAIT_S_MAX seconds."""
        if self._here.get(key, 0) >= WAIT_COUNT_MAX or self._total >= TOTAL_COUNT_MAX:
            raise Busy(RETRY_AFTER_S)
        gate = self._gates.setdefault(key, asyncio.Semaphore(self._at_once))
        self._here[key] += 1
        self._total += 1
        try:
            await _entered(gate)
            try:
                yield
            finally:
                gate.release()
        finally:
            self._here[key] -= 1
            self._total -= 1
            if not self._here[key]:
                del self._here[key], self._gates[key]


async def _entered(gate: asyncio.Semaphore) -> None:
    try:
        async with asyncio.timeout(WAIT_S_MAX):
            await gate.acquire()
    except TimeoutError:
        raise Busy(RETRY_AFTER_S) from None
