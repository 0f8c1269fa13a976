"""How far the event loop is behind: the first sign that more is asked of this process than it can do."""

import asyncio
from collections import deque
from contextlib import suppress
from typing import Final, Self

LOOK_S: Final = 0.01
# A burst, or a machine that is busy with something else, is behind for a look or two; a flood at each of them.
LOOK_COUNT: Final = 20


class Lag:
    """Measured for the time of a block. `now_s` is the least of the last looks: the loop is never less behind."""

    def __init__(self) -> None:
        self._looks: deque[float] = deque([0.0] * LOOK_COUNT, maxlen=LOOK_COUNT)
        self._task: asyncio.Task[None] | None = None

    @property
    def now_s(self) -> float:
        """Seconds that the loop is behind."""
        return min(self._looks)

    async def __aenter__(self) -> Self:
        """Begin to measure."""
        self._task = asyncio.create_task(self._look())
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _look(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due_at = loop.time() + LOOK_S
            await asyncio.sleep(LOOK_S)
            self._looks.append(max(0.0, loop.time() - due_at))
