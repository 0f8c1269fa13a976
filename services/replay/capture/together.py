"""Several streams of lines, each in its order, taken together into one."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from typing import Final

from services.replay.capture.merging import Merge
from services.replay.capture.stretches import Stretch

POLL_S: Final = 0.25
HELD_BYTES_MAX: Final = 8 * 1024 * 1024


async def together(streams: Sequence[AsyncGenerator[Stretch]]) -> AsyncGenerator[Stretch]:
    """Yield the lines of streams in the order of their times, or an empty batch when none can be told for a moment.

    Of a stream no more is held than HELD_BYTES_MAX and one batch. All streams are closed at the end.
    """
    merge, coming = Merge(range(len(streams))), dict[int, asyncio.Task[Stretch | None]]()
    over: set[int] = set()
    try:
        while len(over) < len(streams) or merge:
            for number in {*range(len(streams))} - coming.keys() - over:
                if merge.line_bytes(number) < HELD_BYTES_MAX:
                    coming[number] = asyncio.create_task(_next(streams[number]))
            if coming:
                await asyncio.wait(coming.values(), timeout=POLL_S, return_when=asyncio.FIRST_COMPLETED)
            for number in [number for number, task in coming.items() if task.done()]:
                stretch = coming.pop(number).result()
                if stretch is None:
                    over.add(number)
                    merge.end(number)
                elif len(stretch):
                    merge.add(number, stretch, int(stretch.order_ms[-1]))
            yield merge.taken()
    finally:
        for task in coming.values():
            task.cancel()
        await asyncio.gather(*coming.values(), return_exceptions=True)
        for stream in streams:
            await stream.aclose()


async def _next(stream: AsyncGenerator[Stretch]) -> Stretch | None:
    """Return the next batch; None at the end."""
    return await anext(stream, None)
