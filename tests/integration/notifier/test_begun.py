"""Letters that are born transmitting, as a connection waits for them: none lost, and none sent twice for it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

import pytest

from services.notifier.app import App
from services.notifier.deliveries import PostgresDeliveries
from services.notifier.intake import Intake
from services.notifier.position import Draft, Position
from services.runtime.clock import now
from services.runtime.database import open_batch_pool
from services.runtime.faults import Transient
from services.runtime.health import Health
from tests.backends.deployment import Deployment
from tests.backends.smtp import MailServer
from tests.mailing.acting import Linker, attempts, in_state, notifying, request, settings

FIRST, SECOND = request(), request(request_id=UUID(int=2))


class Doubtful(PostgresDeliveries):
    """Once told to, keeps the answer to the next batch back until it is let go, and then says that it is unknown."""

    def __init__(self, pool: Any) -> None:  # noqa: ANN401 - asyncpg has no types
        super().__init__(pool, now)
        self.doubtful = False
        self.written = asyncio.Event()
        self.let_go = asyncio.Event()

    async def take_in(self, position: Position, intake: Intake, *, states: Sequence[str]) -> list[Draft]:
        drafts = await super().take_in(position, intake, states=states)
        if self.doubtful:
            self.doubtful = False
            self.written.set()
            await self.let_go.wait()
            raise Transient("the connection was lost")
        return drafts


class Notifier(App):
    """A notifier whose store is Doubtful, as a task."""

    task: asyncio.Task[None]
    deliveries: Doubtful

    def start(self, store: Doubtful) -> None:
        self.deliveries = store
        self.task = asyncio.create_task(self.run())

    async def end(self) -> None:
        self.task.cancel()
        with suppress(asyncio.CancelledError):
            await self.task


@pytest.fixture
async def notifier(deployment: Deployment, smtp: MailServer, linker: Linker) -> AsyncIterator[Notifier]:
    """One that has a connection at hand, as it has sent FIRST, and whose next answer is doubtful."""
    chosen = settings(deployment, smtp)
    pool = await open_batch_pool(chosen, size_max=12)
    made = Notifier(chosen, Health(), pool)
    made.start(Doubtful(pool))
    await linker.publish(FIRST)
    await in_state(deployment, "accepted")
    made.deliveries.doubtful = True
    yield made
    await made.end()
    await made.post.close()
    await pool.close()


async def test_a_letter_is_begun_as_it_is_born_where_a_connection_waits(
    deployment: Deployment, smtp: MailServer, linker: Linker
) -> None:
    async with notifying(settings(deployment, smtp)):
        await linker.publish(FIRST)
        await in_state(deployment, "accepted")
        smtp.hold()
        await linker.publish(SECOND)
        (begun,) = await in_state(deployment, "transmitting")
        assert begun["changed_at"] == begun["created_at"]
    smtp.release()
    async with notifying(settings(deployment, smtp)):
        await in_state(deployment, "accepted", 2)
    assert await attempts(deployment) == ["accepted", "ambiguous", "accepted"]


async def test_a_letter_begun_by_a_commit_of_unknown_outcome_is_sent_once(
    deployment: Deployment, smtp: MailServer, linker: Linker, notifier: Notifier
) -> None:
    notifier.deliveries.let_go.set()
    await linker.publish(SECOND)
    await in_state(deployment, "accepted", 2)
    assert await attempts(deployment) == ["accepted", "not-sent", "accepted"]
    assert len(smtp.messages) == 2


async def test_a_letter_begun_while_the_notifier_ends_goes_back_to_the_queue(
    deployment: Deployment, linker: Linker, notifier: Notifier
) -> None:
    await linker.publish(SECOND)
    await notifier.deliveries.written.wait()
    notifier.task.cancel()
    await asyncio.sleep(0)
    notifier.deliveries.let_go.set()
    await notifier.end()
    assert await in_state(deployment, "queued")
    assert await attempts(deployment) == ["accepted", "not-sent"]
