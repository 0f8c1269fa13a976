"""A linker killed at each step, frozen, doubled: whatever happens, nothing is lost, doubled or reordered."""

import asyncio
import signal

import psutil
import pytest

from services.contract.requests import LinkRequested
from services.contract.topics import LINK_TRANSACTIONS
from tests.faults.linker.fault import STEPS
from tests.linking.requests import message, requested
from tests.linking.stage import CAUGHT_UP_S_MAX, Stage
from tests.thorough import one_for_all

pytestmark = pytest.mark.faults
FAULT = ("-m", "tests.faults.linker.fault")


def people(first: int, count: int) -> list[LinkRequested]:
    """Return requests of which every fifth wants the account of the one before: some are refused, and cite it."""
    return [
        requested(number, **({"cmecf_canonical": f"login{number - 1}"} if number % 5 == 0 else {}))
        for number in range(first, first + count)
    ]


async def ledger_count(stage: Stage) -> int:
    (row,) = await stage.fetch("SELECT count(*) FROM linker.ledger")
    count: int = row["count"]
    return count


@pytest.mark.parametrize("step", one_for_all(STEPS, plain="after-commit"))
@pytest.mark.parametrize("number", one_for_all(["1", "2"], plain="2"))
async def test_linker_killed_at_a_step_leaves_nothing_behind(stage: Stage, step: str, number: str) -> None:
    await stage.send(people(1, 60))
    killed = stage.start(*FAULT, step, "SIGKILL", number, BATCH_COUNT_MAX="7")
    assert await stage.ended(killed) == -signal.SIGKILL
    stage.start()
    await stage.caught_up()  # before anything new: what the dead one left is not to wait for that
    await stage.send(people(61, 20))
    await stage.caught_up()
    assert await ledger_count(stage) == 80
    assert await stage.breaches() == []


async def test_last_row_committed_and_not_published_goes_out_at_take_over(stage: Stage) -> None:
    await stage.send(people(1, 1))
    killed = stage.start(*FAULT, "after-commit", "SIGKILL", "1")
    assert await stage.ended(killed) == -signal.SIGKILL
    stage.start()  # nothing new will come to push the old row out
    await stage.caught_up()
    assert sum((await stage.ends(LINK_TRANSACTIONS)).values()) == 1
    assert await stage.breaches() == []


@pytest.mark.thorough
async def test_linker_killed_again_and_again(stage: Stage) -> None:
    await stage.send(people(1, 200))
    for number, step in enumerate((*STEPS, *STEPS)):
        killed = stage.start(*FAULT, step, "SIGKILL", str(1 + number % 3), BATCH_COUNT_MAX="5")
        assert await stage.ended(killed) == -signal.SIGKILL
    stage.start()
    await stage.caught_up()
    assert await ledger_count(stage) == 200
    assert await stage.breaches() == []


@pytest.mark.thorough
async def test_linker_frozen_in_its_transaction_wakes_to_a_successor(stage: Stage) -> None:
    await stage.send(people(1, 60))
    frozen = stage.start(*FAULT, "before-commit", "SIGSTOP", "1", BATCH_COUNT_MAX="7", instance="frozen")
    await _stopped(frozen.pid)
    stage.start(instance="successor")
    await stage.caught_up()
    frozen.send_signal(signal.SIGCONT)
    await stage.send(people(61, 20))
    await stage.caught_up()
    assert await ledger_count(stage) == 80
    assert await stage.breaches() == []


@pytest.mark.thorough
async def test_two_linkers_that_both_believe_they_own_everything(stage: Stage) -> None:
    # Groups of their own: each is assigned every partition, and only the epoch tells them apart.
    for instance in ("one", "two"):
        stage.start("-m", "tests.faults.linker.loner", instance, BATCH_COUNT_MAX="7", instance=instance)
    for first in range(1, 201, 20):
        await stage.send(people(first, 20))
        await asyncio.sleep(0.2)  # so that both are at work in between, not one after the other
    await stage.caught_up()
    assert await ledger_count(stage) == 200
    assert await stage.breaches() == []


async def test_records_delivered_twice_and_out_of_order_change_nothing(stage: Stage) -> None:
    asked = people(1, 40)
    await stage.send(asked)
    await stage.publish([message(each) for each in reversed(asked)])
    stage.start(BATCH_COUNT_MAX="7")
    await stage.publish([message(each) for each in asked])
    await stage.caught_up()
    assert await ledger_count(stage) == 40
    assert await stage.breaches() == []


async def _stopped(pid: int) -> None:
    process = psutil.Process(pid)
    async with asyncio.timeout(CAUGHT_UP_S_MAX):
        while process.status() != psutil.STATUS_STOPPED:  # noqa: ASYNC110 - another process stops itself
            await asyncio.sleep(0.05)
