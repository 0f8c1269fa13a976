"""A notifier that kills or freezes itself at a named step: `python -m tests.faults.notifier.fault STEP SIGNAL NUMBER`.

It is the real notifier joined otherwise: reader, store and connections are wrapped here, and production code knows
nothing of it. The signal comes the NUMBERth time that the step is reached. STEP `loner` never fails, but works in a
consumer group of its own, and so on every partition.
"""

import asyncio
import signal
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Final
from uuid import UUID

from services.contract.topics import LINK_TRANSACTIONS
from services.notifier.app import POOL_SIZE_MAX, App
from services.notifier.deliveries import PostgresDeliveries
from services.notifier.intake import Intake
from services.notifier.outcomes import Answer
from services.notifier.position import Delivery, Draft, Position, Settled
from services.notifier.post import Connection
from services.notifier.settings import NotifierSettings
from services.runtime.clock import now
from services.runtime.database import open_batch_pool
from services.runtime.health import Health
from services.runtime.membership import GROUP_PART, Group, Membership
from services.runtime.process import run
from services.runtime.read import PartitionReader
from services.runtime.settings import load
from tests.faults.fault import Fault, FaultyReader

STEPS: Final = (
    "after-fetch",
    "before-taking-in",
    "after-taking-in",
    "before-data",
    "after-final-dot",
    "before-recording",
    "after-recording",
)
_ARRIVAL_S: Final = 0.3


class FaultyDeliveries(PostgresDeliveries):
    def __init__(self, pool: Any, fault: Fault) -> None:  # noqa: ANN401 - asyncpg has no types
        super().__init__(pool, now)
        self._fault = fault

    async def take_in(self, position: Position, intake: Intake, *, states: Sequence[str]) -> list[Draft]:
        self._fault.at("before-taking-in")
        drafts = await super().take_in(position, intake, states=states)
        self._fault.at("after-taking-in")
        return drafts

    async def take_in_notices(self, position: Position, intake: Intake, *, states: Sequence[str]) -> list[Draft]:
        self._fault.at("before-taking-in")
        drafts = await super().take_in_notices(position, intake, states=states)
        self._fault.at("after-taking-in")
        return drafts

    async def begin(self, epoch: int, deliveries: Sequence[Delivery]) -> set[UUID]:
        begun = await super().begin(epoch, deliveries)
        self._fault.at("before-data")
        return begun

    async def settle(self, position: Position, settled: Sequence[Settled]) -> int:
        self._fault.at("before-recording")
        count = await super().settle(position, settled)
        self._fault.at("after-recording")
        return count


class FaultyConnection:
    """Passes letters on. After the final dot means: the server has the letter, and nobody has heard its reply."""

    def __init__(self, connection: Connection, fault: Fault) -> None:
        self._connection = connection
        self._fault = fault

    @property
    def usable(self) -> bool:
        return self._connection.usable

    @property
    def open(self) -> bool:
        return self._connection.open

    async def send(self, recipient: str, message: bytes) -> Answer:
        if self._fault.step != "after-final-dot":
            return await self._connection.send(recipient, message)
        sending = asyncio.ensure_future(self._connection.send(recipient, message))
        await asyncio.sleep(_ARRIVAL_S)
        self._fault.at("after-final-dot")
        return await sending

    async def close(self) -> None:
        await self._connection.close()


class FaultyApp(App):
    def __init__(self, settings: NotifierSettings, health: Health, pool: Any, fault: Fault) -> None:  # noqa: ANN401
        super().__init__(settings, health, pool)
        self._fault = fault
        self.deliveries = FaultyDeliveries(pool, fault)
        if fault.step == "loner":
            topic = LINK_TRANSACTIONS.named(settings.topic_prefix)
            self._membership = Membership(settings, Group(f"{settings.topic_prefix}loner", topic), self.work, health)

    async def connect(self) -> Connection:
        return FaultyConnection(await super().connect(), self._fault)

    def transactions(self, partition: int) -> AbstractAsyncContextManager[PartitionReader]:
        return self._faulty(super().transactions(partition))

    def notices(self, partition: int) -> AbstractAsyncContextManager[PartitionReader]:
        return self._faulty(super().notices(partition))

    @asynccontextmanager
    async def _faulty(self, opened: AbstractAsyncContextManager[PartitionReader]) -> AsyncGenerator[PartitionReader]:
        async with opened as reader:
            reader.__class__ = FaultyReader
            assert isinstance(reader, FaultyReader)
            reader.fault = self._fault
            yield reader


async def serve(settings: NotifierSettings, health: Health, fault: Fault) -> None:
    pool = await open_batch_pool(settings, size_max=POOL_SIZE_MAX)
    await FaultyApp(settings, health, pool, fault).run()


def main() -> int:
    settings = load(NotifierSettings)
    fault = Fault(sys.argv[1], signal.Signals[sys.argv[2]], int(sys.argv[3]))
    return run("notifier", settings, lambda health: serve(settings, health, fault), parts=(GROUP_PART,))


if __name__ == "__main__":
    sys.exit(main())
