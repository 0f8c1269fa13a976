"""Rounds: what gathers goes together, one that fails does not take the others with it."""

import asyncio
from collections.abc import Sequence

import pytest

from services.runtime.faults import Transient
from services.runtime.gathering import Gathering

LARGE = 100


class Desk:
    """Doubles numbers, and remembers the rounds. `held` keeps a round under way; a negative number fails it."""

    def __init__(self) -> None:
        self.rounds: list[list[int]] = []
        self.held = asyncio.Event()
        self.trouble: type[Exception] = ValueError

    async def together(self, numbers: Sequence[int]) -> list[int]:
        self.rounds.append(list(numbers))
        await self.held.wait()
        if min(numbers) < 0:
            raise self.trouble("a negative number")
        return [2 * number for number in numbers]


@pytest.fixture
async def desk() -> Desk:
    return Desk()


async def asked(desk: Desk, *numbers: int) -> list[asyncio.Task[int]]:
    """Ask for the first alone, and for the others while its round is under way."""
    gathering = Gathering(desk.together, large=lambda number: number > LARGE)
    tasks = []
    for number in numbers:
        tasks.append(asyncio.create_task(gathering(number)))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    return tasks


async def test_alone_begins_at_once(desk: Desk) -> None:
    desk.held.set()
    (task,) = await asked(desk, 1)
    assert await task == 2
    assert desk.rounds == [[1]]


async def test_what_comes_during_a_round_goes_together_in_the_next(desk: Desk) -> None:
    tasks = await asked(desk, 1, 2, 3)
    desk.held.set()
    assert await asyncio.gather(*tasks) == [2, 4, 6]
    assert desk.rounds == [[1], [2, 3]]


async def test_one_that_fails_leaves_the_others_alone(desk: Desk) -> None:
    tasks = await asked(desk, 1, 2, -3, 4)
    desk.held.set()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert [answers[place] for place in (0, 1, 3)] == [2, 4, 8]
    assert isinstance(answers[2], ValueError)
    assert desk.rounds == [[1], [2, -3, 4], [2], [-3], [4]]


async def test_trouble_that_is_nobodys_own_is_told_to_all(desk: Desk) -> None:
    desk.trouble = Transient
    tasks = await asked(desk, 1, 2, -3)
    desk.held.set()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(answer) for answer in answers] == [int, Transient, Transient]
    assert desk.rounds == [[1], [2, -3]]


async def test_who_gives_up_before_the_round_is_left_out(desk: Desk) -> None:
    tasks = await asked(desk, 1, 2, 3)
    tasks[1].cancel()
    await asyncio.sleep(0)
    desk.held.set()
    assert (await tasks[0], await tasks[2]) == (2, 6)
    assert desk.rounds == [[1], [3]]


async def test_who_gives_up_during_the_round_does_not_end_it(desk: Desk) -> None:
    tasks = await asked(desk, 1, 2)
    tasks[0].cancel()
    desk.held.set()
    assert await tasks[1] == 4
    assert tasks[0].cancelled()


async def test_a_large_one_does_not_wait_for_the_others(desk: Desk) -> None:
    tasks = await asked(desk, 1, 2, 1000)
    assert desk.rounds == [[1], [1000]]
    desk.held.set()
    assert await asyncio.gather(*tasks) == [2, 4, 2000]
