"""One worker per assigned partition: take over, then read transactions, write their letters down, and send them.

It keeps the epoch that it took at its assignment and never adopts another: who finds a newer one gives the partition up
until the group assigns it anew.
"""

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Final, Protocol

from services.notifier.intake import Intake, Office, Stand, buried, judge
from services.notifier.lanes import Deliveries, Lanes
from services.notifier.meters import Meters
from services.notifier.outbox import Events, Outbox
from services.notifier.outcomes import Rules
from services.notifier.position import Delivery, Draft, Fenced, Position, Superseded
from services.notifier.post import Post
from services.runtime.database import DataFault
from services.runtime.faults import Halt
from services.runtime.health import Health
from services.runtime.log import log
from services.runtime.memory import digest, stand_where_remembered
from services.runtime.patience import Patience
from services.runtime.read import PartitionReader, Record

RECORD_COUNT_MAX: Final = 500


class Store(Deliveries, Events, Protocol):
    """Where everything of the notifier is kept."""

    async def take_over(self, partition: int, rules: Rules) -> Position: ...

    async def take_in(self, position: Position, intake: Intake, *, state: str) -> list[Draft]: ...


class Parts(Protocol):
    """What a worker is joined to; made once per process."""

    deliveries: Store
    office: Office
    post: Post
    rules: Rules
    health: Health
    meters: Meters
    batch_count_max: int

    def transactions(self, partition: int) -> AbstractAsyncContextManager[PartitionReader]: ...

    def outbox(self, partition: int) -> Outbox: ...

    async def partition_count(self) -> int: ...

    async def reached(self, partition: int, next_offset: int) -> None: ...


class PartitionWorker:
    """The work of one partition, from assignment to revocation."""

    def __init__(self, parts: Parts, partition: int) -> None:
        self._parts = parts
        self._partition = partition
        self._name = f"partition {partition}"
        self._patiently = Patience(parts.health, self._name)

    async def run(self) -> None:
        """Work until cancelled. Raises Halt where going on could lose or double letters."""
        health = self._parts.health
        health.waiting(self._name, "taking over")
        try:
            async with self._parts.transactions(self._partition) as reader:
                position = await self._patiently(lambda: self._take_over(reader))
                health.ready(self._name)
                await self._work(reader, position)
        except* Superseded:
            log.warning("partition.lost", partition=self._partition)
        finally:
            health.forget(self._name)

    async def _take_over(self, reader: PartitionReader) -> Position:
        position = await self._parts.deliveries.take_over(self._partition, self._parts.rules)
        count = await self._parts.partition_count()
        if count != position.partition_count:
            raise Halt(
                f"the transaction topic has {count} partitions, not the {position.partition_count} that the notifier's "
                "positions were made for"
            )
        await stand_where_remembered(reader, position.next_offset, position.last_digest)
        log.info("partition.taken", partition=self._partition, epoch=position.epoch, next_offset=position.next_offset)
        return position

    async def _work(self, reader: PartitionReader, position: Position) -> None:
        outbox = self._parts.outbox(self._partition)
        lanes = Lanes(self._parts, position, outbox, self._patiently)
        intake = _Reading(self._parts, position, lanes, self._patiently)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(outbox.run(self._patiently, self._parts.meters))
            tasks.create_task(lanes.run())
            tasks.create_task(intake.run(reader))


class _Reading:
    """The reading side of one partition: from records to letters in Postgres, and in hand where there is room."""

    def __init__(self, parts: Parts, position: Position, lanes: Lanes, patiently: Patience) -> None:
        self._parts = parts
        self._position = position
        self._lanes = lanes
        self._patiently = patiently
        self._stand = Stand(position.next_offset, position.last_seq, position.partition_count)

    async def run(self, reader: PartitionReader) -> None:
        """Read until cancelled. Raises Superseded or Halt."""
        while True:
            # With a mail server that keeps up, a letter is written once, in hand from the start; with one that does
            # not, it is queued in Postgres, and reading goes on.
            await self._lanes.room()
            records = await self._patiently(lambda: reader.batch(RECORD_COUNT_MAX))
            self._parts.health.beat(f"partition {self._position.partition}")
            if records:
                await self._take(reader, records)
            await self._parts.reached(self._position.partition, self._stand.next_offset)

    async def _take(self, reader: PartitionReader, records: Sequence[Record]) -> None:
        intake = judge(records, self._stand, self._parts.office)
        ids = [draft.delivery_id for draft in intake.drafts]
        try:
            await self._write(records, intake)
        except Fenced as fenced:
            self._lanes.unsure(ids)
            self._find_again(reader, fenced.position)

    async def _write(self, records: Sequence[Record], intake: Intake) -> None:
        """Write a batch; where Postgres refuses its data, its halves, down to the one record that is then buried."""
        in_hand = self._lanes.has_room and not self._lanes.backlog
        ids = {draft.delivery_id for draft in intake.drafts}
        if in_hand:
            self._lanes.expect(ids)
        try:
            with self._parts.meters.take_in_seconds.time():
                born = await self._patiently(
                    lambda: self._parts.deliveries.take_in(
                        self._position, intake, state="claimed" if in_hand else "queued"
                    )
                )
        except DataFault as fault:
            self._lanes.unsure(ids)
            await self._split(records, fault)
            return
        self._stand = self._stand._replace(next_offset=intake.next_offset, last_seq=intake.last_seq)
        self._count(intake)
        if in_hand:
            self._lanes.add(_delivery(draft) for draft in born)
            ids -= {draft.delivery_id for draft in born}
        if ids:
            self._lanes.queued(ids)

    async def _split(self, records: Sequence[Record], fault: DataFault) -> None:
        if len(records) > 1:
            half = len(records) // 2
            for part in (records[:half], records[half:]):
                await self._write(part, judge(part, self._stand, self._parts.office))
            return
        only = records[0]
        letter = buried(only, "data-error", f"Postgres refused it: SQLSTATE {fault.sqlstate}")
        # Its row of the ledger is answered by this dead letter, so the next one follows on it.
        judged = judge(records, self._stand, self._parts.office)
        if not judged.drafts:
            raise Halt(f"Postgres refuses even the dead letter of offset {only.offset}: {fault}") from fault
        await self._write(records, judged._replace(drafts=[], dead_letters=[letter], last_digest=digest(only.value)))

    def _find_again(self, reader: PartitionReader, found: Position) -> None:
        """After a commit whose outcome was unknown: read on from where the row stands."""
        if found.epoch > self._position.epoch:
            raise Superseded
        if found.epoch < self._position.epoch or found.next_offset < self._stand.next_offset:
            raise Halt(
                f"partition {found.partition}: the database stands at offset {found.next_offset}, this worker had "
                f"taken up to {self._stand.next_offset}: was it restored to an earlier state?"
            )
        self._stand = self._stand._replace(next_offset=found.next_offset, last_seq=found.last_seq)
        reader.seek(found.next_offset)

    def _count(self, intake: Intake) -> None:
        meters = self._parts.meters
        meters.letters.inc(len(intake.drafts))
        meters.repeated.inc(intake.repeated)
        meters.dead_letters.inc(len(intake.dead_letters))
        for letter in intake.dead_letters:
            log.error("record.buried", partition=letter.partition, offset=letter.offset, cause=letter.detail)


def _delivery(draft: Draft) -> Delivery:
    return Delivery(
        draft.delivery_id,
        draft.transaction_id,
        draft.request_id,
        draft.letter,
        draft.recipient,
        draft.key,
        draft.traceparent,
        draft.message,
    )
