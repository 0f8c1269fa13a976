"""The guard is killed, its broker goes away, its state is lost: the counts are those of the topic, and it goes on."""

import asyncio
import signal
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from services.auth.guard.topics import TOPICS
from services.runtime.kafka import admin
from services.runtime.topology import Shape, create_topics
from tests.backends.servers import Server
from tests.integration.guard.stage import PARTITION_COUNT, GuardStage, login, many, state_topic

pytestmark = pytest.mark.faults


@asynccontextmanager
async def sign_ins(guard: GuardStage, times: int) -> AsyncGenerator[None]:
    """Publish 60 failures so many times over while the block runs."""

    async def publish() -> None:
        for _ in range(times):
            await guard.publish(many(60, 1))
            await asyncio.sleep(0.05)

    task = asyncio.create_task(publish())
    try:
        yield
        await task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.mark.thorough
async def test_killed_in_the_middle_counts_nothing_twice_and_loses_nothing(guard: GuardStage) -> None:
    await guard.start()

    async with sign_ins(guard, 60):
        for _ in range(3):
            # A slow machine may have counted all of them before the last kill.
            await guard.counted(min((await guard.counts())[0] + 100, 3600))
            guard.send_signal(signal.SIGKILL)
            await guard.start()

    await guard.counted(3600)
    assert await guard.counts() == (3600, 3600, [])


@pytest.mark.thorough
async def test_killed_again_and_again_before_it_is_ready(guard: GuardStage) -> None:
    await guard.publish(many(300, 3))

    for delay_s in (0.8, 1.2, 1.6, 2.0, 2.4, 2.8):
        guard.launch()
        await asyncio.sleep(delay_s)
        guard.send_signal(signal.SIGKILL)
    await guard.start()

    await guard.counted(900)
    assert await guard.counts() == (900, 900, [])


@pytest.mark.thorough
async def test_broker_away_in_the_middle(guard: GuardStage, kafka_server: Server) -> None:
    await guard.start()
    await guard.publish(many(200, 2))
    # From this thread, though it blocks the loop: a child dies with the thread that started it.
    kafka_server.kill()
    await asyncio.sleep(3)
    assert (await guard.answer("/livez"))[0] == 200
    kafka_server.resume()

    await guard.ready()
    await guard.publish(many(200, 1))
    await guard.counted(600)

    assert await guard.counts() == (600, 600, [])
    assert guard.process is not None
    assert guard.process.poll() is None


@pytest.mark.thorough
async def test_broker_away_at_the_start(guard: GuardStage, kafka_server: Server) -> None:
    await guard.publish(many(20, 1))
    kafka_server.stop()
    guard.launch()
    async with asyncio.timeout(20):
        while (await guard.answer("/readyz"))[0] != 503:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.1)
    kafka_server.resume()

    await guard.ready()
    await guard.counted(20)

    assert await guard.counts() == (20, 20, [])


@pytest.mark.thorough
async def test_state_lost_is_counted_again_from_the_topic(guard: GuardStage) -> None:
    await guard.start()
    await guard.publish([*many(50, 3), *[login("lawyer") for _ in range(12)]])
    await guard.counted(162)
    assert guard.send_signal(signal.SIGTERM) == 0

    async with admin(guard.kafka) as client:
        await client.delete_topics([state_topic(guard.kafka)])
    await made_anew(guard)
    await guard.start()
    await guard.counted(162)

    assert await guard.counts() == (162, 162, [])
    assert (await guard.page())["throttles"]["accounts"] == 1


async def test_rebuild_is_refused_while_a_guard_runs_and_done_when_it_does_not(guard: GuardStage) -> None:
    await guard.start()
    await guard.publish(many(50, 3))
    await guard.counted(150)

    code, told = await guard.command("guard", "rebuild")
    assert (code, "stop it" in told) == (1, True)

    assert guard.send_signal(signal.SIGTERM) == 0
    await asyncio.sleep(11)  # a static member stays in the group until its session ends
    assert (await guard.command("guard", "rebuild"))[0] == 0
    await made_anew(guard)
    assert (await guard.counts())[:2] == (0, 150)
    await guard.start()
    await guard.counted(150)
    assert await guard.counts() == (150, 150, [])


async def made_anew(guard: GuardStage) -> None:
    """Do what `ecflink topics` does."""
    async with asyncio.timeout(30):
        while (await create_topics(guard.kafka, Shape(PARTITION_COUNT), also=TOPICS))[1]:  # noqa: ASYNC110 - the broker
            await asyncio.sleep(0.5)
