"""A linker that kills or freezes itself at a named step: `python -m tests.faults.linker.fault STEP SIGNAL NUMBER`.

It is the real linker joined otherwise: reader, pool and publisher are wrapped here, and production code knows nothing
of
it. The signal comes the NUMBERth time that the step is reached.
"""

import signal
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Final

from services.linker.app import POOL_SIZE_MAX, App
from services.linker.keys import Keys
from services.linker.relay import Publisher
from services.linker.settings import LinkerSettings
from services.runtime.database import open_batch_pool
from services.runtime.health import Health
from services.runtime.membership import GROUP_PART
from services.runtime.process import run
from services.runtime.publish import Message, Published
from services.runtime.read import PartitionReader
from services.runtime.settings import load
from tests.faults.fault import Fault, FaultyReader

STEPS: Final = ("after-fetch", "before-commit", "after-commit", "before-publish", "after-publish")


class FaultyPool:
    """Passes everything on to the pool; only the end of a transaction is watched."""

    def __init__(self, pool: Any, fault: Fault) -> None:  # noqa: ANN401 - asyncpg has no types
        self._pool = pool
        self._fault = fault

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self._pool, name)

    @asynccontextmanager
    async def acquire(self) -> AsyncGenerator[Any]:
        async with self._pool.acquire() as connection:
            yield FaultyConnection(connection, self._fault)


class FaultyConnection:
    def __init__(self, connection: Any, fault: Fault) -> None:  # noqa: ANN401
        self._connection = connection
        self._fault = fault

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self._connection, name)

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[None]:
        async with self._connection.transaction():
            yield
            self._fault.at("before-commit")
        self._fault.at("after-commit")


class FaultyPublisher:
    def __init__(self, publisher: Publisher, fault: Fault) -> None:
        self._publisher = publisher
        self._fault = fault

    async def publish(self, topic: str, partition: int, messages: Sequence[Message]) -> AsyncIterator[Published]:
        self._fault.at("before-publish")
        async for published in self._publisher.publish(topic, partition, messages):
            self._fault.at("after-publish")
            yield published


class FaultyApp(App):
    fault: Fault

    def requests(self, partition: int) -> AbstractAsyncContextManager[PartitionReader]:
        return self._faulty(super().requests(partition))

    @asynccontextmanager
    async def _faulty(self, opened: AbstractAsyncContextManager[PartitionReader]) -> AsyncGenerator[PartitionReader]:
        async with opened as reader:
            reader.__class__ = FaultyReader
            assert isinstance(reader, FaultyReader)
            reader.fault = self.fault
            yield reader

    def publisher(self) -> Publisher:
        return FaultyPublisher(super().publisher(), self.fault)


async def serve(settings: LinkerSettings, health: Health, fault: Fault) -> None:
    pool = FaultyPool(await open_batch_pool(settings, size_max=POOL_SIZE_MAX), fault)
    app = FaultyApp(settings, health, pool, lambda: Keys(settings.key_ring))
    app.fault = fault
    await app.run()


def main() -> int:
    settings = load(LinkerSettings)
    fault = Fault(sys.argv[1], signal.Signals[sys.argv[2]], int(sys.argv[3]))
    return run("linker", settings, lambda health: serve(settings, health, fault), parts=(GROUP_PART,))


if __name__ == "__main__":
    sys.exit(main())
