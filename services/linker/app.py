"""Joins the linker: Kafka, Postgres and the workers; started by `ecflink linker`. Tests build it with other parts."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, Final

from services.contract.topics import LINK_REQUESTS, LINK_TRANSACTIONS
from services.linker.keys import Keys
from services.linker.ledger import PostgresLedger
from services.linker.meters import Meters
from services.linker.relay import Publisher, Relay
from services.linker.settings import GROUP, LinkerSettings
from services.linker.worker import Ledger, PartitionWorker
from services.runtime.database import open_batch_pool
from services.runtime.fleet import run_fleet
from services.runtime.health import Health
from services.runtime.membership import GROUP_PART, Group, Membership
from services.runtime.patience import Patience
from services.runtime.process import run
from services.runtime.publish import OrderedPublisher
from services.runtime.read import PartitionReader, reading
from services.runtime.read_together import PartitionReaders
from services.runtime.rehearsal import RehearsalKeySettings, show
from services.runtime.settings import load
from services.runtime.topology import partition_count

POOL_SIZE_MAX: Final = 12
_POSTGRES: Final = "Postgres"


class App:
    """The parts of one linker process. `keys` gives the keys as they are set now."""

    def __init__(
        self,
        settings: LinkerSettings,
        health: Health,
        pool: Any,  # noqa: ANN401 - asyncpg has no types
        keys: Callable[[], Keys],
        *,
        group: str = GROUP,
    ) -> None:
        self.settings = settings
        self.health = health
        self.meters = Meters(health.registry)
        self.batch_count_max = settings.batch_count_max
        self.keys = keys
        self._requests = LINK_REQUESTS.named(settings.topic_prefix)
        self._transactions = LINK_TRANSACTIONS.named(settings.topic_prefix)
        self.ledger: Ledger = PostgresLedger(pool, self._requests)
        place = Group(settings.topic_prefix + group, self._requests, settings.instance_id)
        self._membership = Membership(settings, place, self.work, health)
        self._reader = PartitionReaders(settings, LINK_REQUESTS)
        self._publisher = OrderedPublisher(settings)

    async def run(self) -> None:
        """Be a member of the group until cancelled."""
        try:
            await self._membership.run()
        finally:
            await self._reader.close()
            await self._publisher.close()

    async def work(self, partition: int) -> None:
        """Work on one partition until it is revoked."""
        await PartitionWorker(self, partition).run()

    def requests(self, partition: int) -> AbstractAsyncContextManager[PartitionReader]:
        """Lend a reader of a partition; all of them share the requests to the broker."""
        return self._reader.reading(partition)

    def transactions(self, partition: int) -> AbstractAsyncContextManager[PartitionReader]:
        return reading(self.settings, self._transactions, partition)

    def publisher(self) -> Publisher:
        """Return the way to the output topic. All partitions share it, and the requests to the broker with it."""
        return self._publisher

    def relay(self, partition: int) -> Relay:
        return Relay(self.ledger, self.publisher(), topic=self._transactions, partition=partition)

    async def partition_counts(self) -> tuple[int, int]:
        """Return how many partitions the request and the transaction topic have."""
        return (
            await partition_count(self.settings, LINK_REQUESTS),
            await partition_count(self.settings, LINK_TRANSACTIONS),
        )

    async def reached(self, partition: int, next_offset: int) -> None:
        """Tell the group's lag tools now and then how far a partition is."""
        await self._membership.reached(partition, next_offset)


async def serve(settings: LinkerSettings, health: Health) -> None:
    """Run one linker process until cancelled."""
    show(settings, health)
    pool = await Patience(health, _POSTGRES)(lambda: open_batch_pool(settings, size_max=POOL_SIZE_MAX))
    health.ready(_POSTGRES)
    try:
        # Read anew each time: a key supplied in the file is seen without a restart.
        await App(settings, health, pool, _keys).run()
    finally:
        pool.terminate()


def _keys() -> Keys:
    settings = load(RehearsalKeySettings)
    return Keys(settings.key_ring, settings.rehearsal_ring)


def linker(*, processes: int = 1) -> int:
    """Decide link requests and commit them to the ledger.

    Parameters
    ----------
    processes
        How many linker processes share the partitions; each takes about one core.
    """
    settings = load(LinkerSettings)
    if processes > 1:
        return run_fleet("linker", settings, processes)
    return run("linker", settings, lambda health: serve(settings, health), parts=(_POSTGRES, GROUP_PART))
