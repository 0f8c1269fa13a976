"""One worker per assigned partition: take over, read transactions and notices, write their letters down, send them.

It keeps the epoch that it took at its assignment and never adopts another: who finds a newer one gives the partition up
until the group assigns it anew.
"""

import asyncio
from contextlib import AbstractAsyncContextManager
from typing import Final, Protocol

from services.notifier.intake import Office
from services.notifier.lanes import Lanes
from services.notifier.logs import NoticeLog, Store, TransactionLog
from services.notifier.meters import Meters
from services.notifier.notices import NoticeOffice
from services.notifier.outbox import Events, Outbox
from services.notifier.outcomes import Rules
from services.notifier.position import Fenced, Position, Superseded
from services.notifier.post import Post
from services.notifier.reading import Reading
from services.notifier.seals import Seals
from services.notifier.sharing import Deliveries
from services.notifier.ways import Ways
from services.runtime.faults import Halt
from services.runtime.health import Health
from services.runtime.log import log
from services.runtime.memory import stand_where_remembered
from services.runtime.patience import Patience
from services.runtime.read import PartitionReader

RECORD_COUNT_MAX: Final = 500
# Fewer at a time: letters of transactions that come meanwhile wait behind no more than these.
NOTICE_COUNT_MAX: Final = 50


class Keeping(Deliveries, Events, Store, Protocol):
    """Where everything of the notifier is kept."""

    async def take_over(self, partition: int, rules: Rules) -> Position: ...

    async def skip_notices(self, position: Position, next_offset: int) -> None: ...


class Parts(Protocol):
    """What a worker is joined to; made once per process."""

    deliveries: Keeping
    office: Office
    notice_office: NoticeOffice
    post: Post
    sink: Post
    rules: Rules
    health: Health
    meters: Meters
    seals: Seals
    batch_count_max: int

    def transactions(self, partition: int) -> AbstractAsyncContextManager[PartitionReader]: ...

    def notices(self, partition: int) -> AbstractAsyncContextManager[PartitionReader]: ...

    def outbox(self, partition: int) -> Outbox: ...

    async def partition_counts(self) -> dict[str, int]: ...

    async def reached(self, partition: int, next_offset: int) -> None: ...


class PartitionWorker:
    """The work of one partition, from assignment to revocation."""

    def __init__(self, parts: Parts, partition: int) -> None:
        self._parts = parts
        self._partition = partition
        self._name = f"partition {partition}"
        self._notices_name = f"notices {partition}"
        self._patiently = Patience(parts.health, self._name)
        self._patiently_for_notices = Patience(parts.health, self._notices_name)

    async def run(self) -> None:
        """Work until cancelled. Raises Halt where going on could lose or double letters."""
        health = self._parts.health
        health.waiting(self._name, "taking over")
        try:
            async with (
                self._parts.transactions(self._partition) as transactions,
                self._parts.notices(self._partition) as notices,
            ):
                position = await self._patiently(lambda: self._take_over(transactions, notices))
                health.ready(self._name)
                await self._work(transactions, notices, position)
        except* Superseded:
            log.warning("partition.lost", partition=self._partition)
        finally:
            health.forget(self._name)
            health.forget(self._notices_name)

    async def _take_over(self, transactions: PartitionReader, notices: PartitionReader) -> Position:
        position = await self._parts.deliveries.take_over(self._partition, self._parts.rules)
        for topic, count in (await self._parts.partition_counts()).items():
            if count != position.partition_count:
                raise Halt(
                    f"{topic} has {count} partitions, not the {position.partition_count} that the notifier's positions "
                    "were made for"
                )
        await stand_where_remembered(transactions, position.next_offset, position.last_digest)
        position = await self._find_notices(notices, position)
        log.info("partition.taken", partition=self._partition, epoch=position.epoch, next_offset=position.next_offset)
        return position

    async def _find_notices(self, reader: PartitionReader, position: Position) -> Position:
        """Stand where the notices were left. Those that the log dropped meanwhile are lost, told, and passed over."""
        start = (await reader.bounds()).start
        if start > position.notice_next_offset:
            lost = start - position.notice_next_offset
            log.error("notices.lost", partition=self._partition, count=lost, next_offset=start)
            try:
                await self._parts.deliveries.skip_notices(position, start)
            except Fenced as fenced:
                raise Superseded from fenced
            self._parts.meters.notices_lost.inc(lost)
            position = position._replace(notice_next_offset=start, notice_digest=None)
        await stand_where_remembered(reader, position.notice_next_offset, position.notice_digest)
        return position

    async def _work(self, transactions: PartitionReader, notices: PartitionReader, position: Position) -> None:
        outbox = self._parts.outbox(self._partition)
        filers, replays = (
            Lanes(self._parts, position, outbox, self._patiently, replays=replays) for replays in (False, True)
        )
        ways = Ways(filers, replays)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(outbox.run(self._patiently, self._parts.meters))
            tasks.create_task(filers.run())
            tasks.create_task(replays.run())
            # At the end reading stops first, so that the lanes know of every letter that was born in their hands.
            async with asyncio.TaskGroup() as readers:
                readers.create_task(self._read_transactions(transactions, position, ways))
                readers.create_task(self._read_notices(notices, position, ways))

    async def _read_transactions(self, reader: PartitionReader, position: Position, ways: Ways) -> None:
        source = TransactionLog(self._parts.deliveries, position, self._parts.office)
        taking = Reading(source, ways, self._parts.meters, self._patiently)
        while True:
            # With a mail server that keeps up, a letter is written once, in hand from the start; with one that does
            # not, it is queued in Postgres, and reading goes on.
            await ways.room()
            records = await self._patiently(lambda: reader.batch(RECORD_COUNT_MAX))
            self._parts.health.beat(self._name)
            if records:
                await taking.take(reader, records)
            await self._parts.reached(self._partition, source.next_offset)

    async def _read_notices(self, reader: PartitionReader, position: Position, ways: Ways) -> None:
        source = NoticeLog(self._parts.deliveries, position, self._parts.notice_office)
        taking = Reading(source, ways, self._parts.meters, self._patiently_for_notices)
        while True:
            self._parts.health.beat(self._notices_name)
            # While there is much to send, notices stay in the log: a flood of them holds no transaction up.
            if not await ways.filers.calm():
                continue
            records = await self._patiently_for_notices(lambda: reader.batch(NOTICE_COUNT_MAX))
            if records:
                await taking.take(reader, records)
