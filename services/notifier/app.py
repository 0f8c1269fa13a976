"""Joins the notifier: Kafka, Postgres, the mail server and the workers; started by `ecflink notifier`.

Tests build it with other parts.
"""

import asyncio
from contextlib import AbstractAsyncContextManager
from typing import Any, Final

from services.contract.noticekeys import NoticeKeys
from services.contract.topics import FILER_NOTICES, LINK_TRANSACTIONS, MAIL_DELIVERIES
from services.notifier.courts import COURTS_PART, Courts
from services.notifier.deliveries import PostgresDeliveries
from services.notifier.intake import Office
from services.notifier.letters.mail import Sender
from services.notifier.letters.notices import NoticeWriter
from services.notifier.letters.write import Writer
from services.notifier.meters import Meters
from services.notifier.notices import NoticeOffice
from services.notifier.outbox import Outbox
from services.notifier.outcomes import Rules
from services.notifier.post import Connection, Post
from services.notifier.seals import Seals
from services.notifier.sender import connect
from services.notifier.settings import GROUP, NotifierSettings
from services.notifier.sink import check_sink, to_sink
from services.notifier.worker import Keeping, PartitionWorker
from services.runtime.clock import now
from services.runtime.database import open_batch_pool
from services.runtime.fleet import run_fleet
from services.runtime.health import Health
from services.runtime.membership import GROUP_PART, Group, Membership
from services.runtime.patience import Patience
from services.runtime.process import run
from services.runtime.publish import OrderedPublisher
from services.runtime.read import PartitionReader
from services.runtime.read_together import PartitionReaders
from services.runtime.rehearsal import show
from services.runtime.settings import load
from services.runtime.topology import partition_count

POOL_SIZE_MAX: Final = 12
_POSTGRES: Final = "Postgres"


class App:
    """The parts of one notifier process."""

    def __init__(self, settings: NotifierSettings, health: Health, pool: Any) -> None:  # noqa: ANN401 - asyncpg has no types
        self.settings = settings
        self.health = health
        self.meters = Meters(health.registry)
        self.batch_count_max = settings.smtp_batch_count_max
        self.rules = Rules(
            settings.retry_delay_s_min, settings.retry_delay_s_max, settings.deferral_s_max, settings.ambiguous_max
        )
        self.courts = Courts(self.meters)
        self.sender = Sender.of(*settings.sender)
        self.seals = Seals(NoticeKeys.parse(settings.notice_keys.get_secret_value()), now)
        self.office = Office(Writer(self.courts), self.sender)
        self.notice_office = NoticeOffice(NoticeWriter(self.courts, settings.public_url), self.sender, self.seals)
        self.store = PostgresDeliveries(pool, now)
        self.deliveries: Keeping = self.store
        self.post = Post(self.connect, self.meters.smtp_up, count=settings.smtp_connections)
        replayed = to_sink(settings, self.connect)
        self.sink = Post(replayed, self.meters.sink_up, count=settings.smtp_connections, name="sink")
        group = Group(
            settings.topic_prefix + GROUP, LINK_TRANSACTIONS.named(settings.topic_prefix), settings.instance_id
        )
        self._membership = Membership(settings, group, self.work, health)
        self._reader = PartitionReaders(settings, LINK_TRANSACTIONS)
        self._notice_reader = PartitionReaders(settings, FILER_NOTICES)
        self._publisher = OrderedPublisher(settings)

    async def run(self) -> None:
        """Learn the courts, then be a member of the group until cancelled."""
        self.health.waiting(COURTS_PART, "reading courts-v1")
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self.courts.follow(self.settings, self.health, self._bury))
                await self.courts.ready.wait()
                await self._membership.run()
        finally:
            await self._reader.close()
            await self._notice_reader.close()
            await self._publisher.close()

    async def work(self, partition: int) -> None:
        """Work on one partition until it is revoked."""
        await PartitionWorker(self, partition).run()

    async def connect(self) -> Connection:
        return await connect(self.settings, self.sender.address)

    async def _bury(self, letters: Any) -> None:  # noqa: ANN401
        await Patience(self.health, _POSTGRES)(lambda: self.store.bury(letters))

    def transactions(self, partition: int) -> AbstractAsyncContextManager[PartitionReader]:
        """Lend a reader of a partition; all of them share the requests to the broker. So for notices."""
        return self._reader.reading(partition)

    def notices(self, partition: int) -> AbstractAsyncContextManager[PartitionReader]:
        return self._notice_reader.reading(partition)

    def outbox(self, partition: int) -> Outbox:
        topic = MAIL_DELIVERIES.named(self.settings.topic_prefix)
        return Outbox(self.deliveries, self._publisher, topic=topic, partition=partition)

    async def partition_counts(self) -> dict[str, int]:
        """Return how many partitions each of the two topics has that the notifier reads by partition."""
        return {topic.name: await partition_count(self.settings, topic) for topic in (LINK_TRANSACTIONS, FILER_NOTICES)}

    async def reached(self, partition: int, next_offset: int) -> None:
        """Tell the group's lag tools now and then how far a partition is."""
        await self._membership.reached(partition, next_offset)


async def serve(settings: NotifierSettings, health: Health) -> None:
    """Run one notifier process until cancelled."""
    show(settings, health)
    await check_sink(settings)
    pool = await Patience(health, _POSTGRES)(lambda: open_batch_pool(settings, size_max=POOL_SIZE_MAX))
    health.ready(_POSTGRES)
    app = App(settings, health, pool)
    try:
        await app.run()
    finally:
        await app.post.close()
        await app.sink.close()
        pool.terminate()


def notifier(*, processes: int = 1) -> int:
    """Write the letters about transactions and send them.

    Parameters
    ----------
    processes
        How many notifier processes share the partitions; each takes about one core.
    """
    settings = load(NotifierSettings)
    if processes > 1:
        return run_fleet("notifier", settings, processes)
    return run("notifier", settings, lambda health: serve(settings, health), parts=(_POSTGRES, COURTS_PART, GROUP_PART))
