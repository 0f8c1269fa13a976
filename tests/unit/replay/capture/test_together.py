"""Streams are taken together: in order, none ahead of one that is slow, and all closed at the end."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from services.replay.capture.frames import framed, next_framed
from services.replay.capture.stretches import Stretch
from services.replay.capture.together import together
from services.runtime.faults import Transient
from tests.unit.replay.capture.made import placed, stretch


async def _stream(place: int, times_ms: list[int], *, size: int = 2) -> AsyncGenerator[Stretch]:
    whole = stretch(place, times_ms)
    for start in range(0, len(whole), size):
        yield whole.part(start, min(start + size, len(whole)))
        await asyncio.sleep(0)


async def _silent(closed: list[str]) -> AsyncGenerator[Stretch]:
    try:
        await asyncio.Event().wait()
        yield stretch(9, [])
    finally:
        closed.append("silent")


async def _broken() -> AsyncGenerator[Stretch]:
    yield stretch(1, [1])
    raise Transient("gone")


async def test_streams_come_in_the_order_of_their_times() -> None:
    streams = [_stream(0, [1, 4, 5, 9, 20]), _stream(1, [2, 3, 6, 7, 8]), _stream(2, [])]
    taken = [each async for each in together(streams)]
    order = [(0, 0), (1, 0), (1, 1), (0, 1), (0, 2), (1, 2), (1, 3), (1, 4), (0, 3), (0, 4)]
    assert placed(taken) == order


async def test_stream_that_is_waited_for_does_not_hold_up_the_end_by_hand() -> None:
    closed: list[str] = []
    async with aclosing(together([_stream(0, [1, 2, 3]), _silent(closed)])) as taken:
        # Two batches and an end of the other stream, and then nothing at all.
        assert [len(await anext(taken)) for _ in range(4)] == [0, 0, 0, 0]
    assert closed == ["silent"]


async def test_trouble_of_one_stream_ends_all() -> None:
    closed: list[str] = []
    with pytest.raises(Transient, match="gone"):
        async for _ in together([_broken(), _silent(closed)]):
            pass
    assert closed == ["silent"]


async def test_stretch_comes_out_of_a_pipe_as_it_went_in() -> None:
    made, pipe = stretch(3, [5, 1, 9]), asyncio.StreamReader()
    pipe.feed_data(framed(made))
    found = await next_framed(pipe)
    assert found is not None
    assert (found.numbers.tolist(), found.lines) == (made.numbers.tolist(), made.lines)


async def test_pipe_that_ends_within_a_stretch_has_ended() -> None:
    pipe = asyncio.StreamReader()
    pipe.feed_data(framed(stretch(3, [5, 1, 9]))[:-1])
    pipe.feed_eof()
    assert await next_framed(pipe) is None
