"""Group commit: what is asked for while a round is under way goes together in the next one.

A round costs the same whatever it holds. Alone, an item's round begins at once; while rounds follow one another
closely, each waits some milliseconds for more, which on full cores all of them gain again.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from services.runtime.faults import Contended, Transient

CLOSELY_S: Final = 0.05
PAUSE_S: Final = 0.006


class Gathering[Item, Result]:
    """Calls `together` with the items that have gathered, one round at a time, and gives each caller its result.

    `together` returns one result per item, in order; all of a round is written, or none of it. Where a round of several
    fails, each of its items is tried alone, so that one cannot take the others with it; after Transient (but not
    Contended), which is nobody's own fault, each caller is told. An item whose caller was cancelled meanwhile is
    dropped. An item that is `large` is worth a round of its own, at once and beside the others.
    """

    def __init__(
        self, together: Callable[[Sequence[Item]], Awaitable[Sequence[Result]]], *, large: Callable[[Item], bool]
    ) -> None:
        self._together: Final = together
        self._large: Final = large
        self._waiting: list[tuple[Item, asyncio.Future[Result]]] = []
        self._rounds: asyncio.Task[None] | None = None
        self._ended_at_s = 0.0

    async def __call__(self, item: Item) -> Result:
        """Return the item's result. Raises what `together` raised for it."""
        if self._large(item):
            return (await self._together([item]))[0]
        done: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, done))
        if self._rounds is None:
            self._rounds = asyncio.create_task(self._run())
        return await done

    async def _run(self) -> None:
        try:
            while self._waiting:
                if time.monotonic() - self._ended_at_s < CLOSELY_S:
                    await asyncio.sleep(PAUSE_S)
                gathered = [each for each in self._waiting if not each[1].done()]
                self._waiting.clear()
                await self._round(gathered)
                self._ended_at_s = time.monotonic()
        finally:
            self._rounds = None
            for _, done in self._waiting:
                done.cancel()
            self._waiting.clear()

    async def _round(self, gathered: Sequence[tuple[Item, asyncio.Future[Result]]]) -> None:
        if not gathered:
            return
        try:
            results = await self._together([item for item, _ in gathered])
            assert len(results) == len(gathered), "one result per item"
        except asyncio.CancelledError:
            for _, done in gathered:
                done.cancel()
            raise
        except Exception as trouble:  # noqa: BLE001 - it is the callers' to judge
            await self._after(trouble, gathered)
        else:
            for (_, done), result in zip(gathered, results, strict=True):
                if not done.done():
                    done.set_result(result)

    async def _after(self, trouble: Exception, gathered: Sequence[tuple[Item, asyncio.Future[Result]]]) -> None:
        away = isinstance(trouble, Transient) and not isinstance(trouble, Contended)
        if away or len(gathered) == 1:
            _fail(gathered, trouble)
            return
        for each in gathered:
            if not each[1].done():
                await self._round([each])


def _fail[Item, Result](gathered: Sequence[tuple[Item, asyncio.Future[Result]]], trouble: Exception) -> None:
    for _, done in gathered:
        if not done.done():
            done.set_exception(trouble)
