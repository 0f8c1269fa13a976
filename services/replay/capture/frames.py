"""Stretches as bytes, for the way from one process to another: two lengths, the numbers, the lines."""

import asyncio
from struct import Struct
from typing import Final

import numpy as np

from services.replay.capture.stretches import COLUMN_COUNT, Stretch

_HEAD: Final = Struct("<QQ")


def framed(stretch: Stretch) -> bytes:
    """Return a stretch as bytes."""
    lines = b"".join(stretch.lines)
    return b"".join((_HEAD.pack(len(stretch), len(lines)), stretch.numbers.tobytes(), lines))


async def next_framed(pipe: asyncio.StreamReader) -> Stretch | None:
    """Return the next stretch of a pipe; None at its end, also where it ends within one."""
    try:
        count, length = _HEAD.unpack(await pipe.readexactly(_HEAD.size))
        numbers = np.frombuffer(await pipe.readexactly(8 * COLUMN_COUNT * count), np.int64)
        # JSON has no bare carriage return, at which this would split as well.
        lines = (await pipe.readexactly(length)).splitlines(keepends=True)
    except asyncio.IncompleteReadError:
        return None
    assert len(lines) == count
    return Stretch(numbers.reshape(COLUMN_COUNT, count), lines)
