"""The servers go away in the middle of the work, and come back."""

import asyncio

import pytest

from tests.backends.servers import Server
from tests.faults.linker.test_kills import ledger_count, people
from tests.linking.stage import Stage

pytestmark = pytest.mark.faults


async def outage(stage: Stage, server: Server) -> None:
    """Kill a server while a linker has work left, and start it again."""
    await stage.send(people(1, 400))
    stage.start(BATCH_COUNT_MAX="3")
    async with asyncio.timeout(30):
        while not await ledger_count(stage):  # noqa: ASYNC110 - another process works
            await asyncio.sleep(0.01)
    # From this thread, though it blocks the loop: a child dies with the thread that started it.
    server.kill()
    server.resume()
    await stage.send(people(401, 40))
    await stage.caught_up()


@pytest.mark.thorough
async def test_broker_killed_in_the_middle(stage: Stage, kafka_server: Server) -> None:
    await outage(stage, kafka_server)
    assert await ledger_count(stage) == 440
    assert await stage.breaches() == []


async def test_postgres_killed_in_the_middle(stage: Stage, postgres_server: Server) -> None:
    await outage(stage, postgres_server)
    assert await ledger_count(stage) == 440
    assert await stage.breaches() == []
    assert '"role.crashed"' not in stage.log()
