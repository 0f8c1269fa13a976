"""Whose turn it is: a few at once, the others in order, nobody forgotten and nothing kept."""

import asyncio

import pytest

from services.auth.api.turns import TOTAL_COUNT_MAX, WAIT_COUNT_MAX, Turns
from services.auth.portal.ports import Busy


async def test_no_more_than_a_few_go_on_at_once() -> None:
    turns, inside, most = Turns(5), 0, 0

    async def one() -> None:
        nonlocal inside, most
        async with turns.turn("alex"):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(one() for _ in range(20)))
    assert most == 5
    assert len(turns) == 0


async def test_other_keys_do_not_wait() -> None:
    turns = Turns(1)
    async with turns.turn("alex"), turns.turn("sam"):
        assert len(turns) == 2


async def test_too_many_of_one_key_are_sent_away() -> None:
    turns, opened = Turns(1), asyncio.Event()

    async def one() -> None:
        async with turns.turn("alex"):
            await opened.wait()

    waiting = [asyncio.create_task(one()) for _ in range(WAIT_COUNT_MAX)]
    await asyncio.sleep(0)
    with pytest.raises(Busy):
        async with turns.turn("alex"):
            pytest.fail("there was no room")
    async with turns.turn("sam"):
        opened.set()
    await asyncio.gather(*waiting)
    assert len(turns) == 0


async def test_too_many_keys_are_sent_away_and_leave_nothing() -> None:
    turns, opened = Turns(1), asyncio.Event()

    async def one(key: str) -> None:
        async with turns.turn(key):
            await opened.wait()

    waiting = [asyncio.create_task(one(str(number))) for number in range(TOTAL_COUNT_MAX)]
    await asyncio.sleep(0)
    with pytest.raises(Busy):
        async with turns.turn("one more"):
            pytest.fail("there was no room")
    assert len(turns) == TOTAL_COUNT_MAX
    opened.set()
    await asyncio.gather(*waiting)
    assert len(turns) == 0


async def test_who_goes_away_gives_the_turn_on() -> None:
    turns, opened = Turns(1), asyncio.Event()

    async def one() -> None:
        async with turns.turn("alex"):
            await opened.wait()

    first, second = asyncio.create_task(one()), asyncio.create_task(one())
    await asyncio.sleep(0)
    second.cancel()
    first.cancel()
    await asyncio.gather(first, second, return_exceptions=True)
    async with turns.turn("alex"):
        assert len(turns) == 1
    assert len(turns) == 0
