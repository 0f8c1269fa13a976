"""One worker per assigned partition: take over, then take what has arrived, commit it, publish it, again.

It keeps the epoch that it took at its assignment and never adopts another one: who finds a newer epoch gives up until
the group assigns the partition anew.
"""

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Final, Protocol

from services.contract.proof import UnknownKey
from services.linker.intake import DeadLetter, Received, buried, read
from services.linker.keys import Keys
from services.linker.meters import Meters
from services.linker.position import Batch, Committed, Conflict, Fenced, Position
from services.linker.relay import Outbox, Relay
from services.linker.takeover import find_published
from services.runtime.database import DataFault
from services.runtime.faults import Halt, Transient
from services.runtime.health import Health
from services.runtime.log import log
from services.runtime.memory import digest, stand_where_remembered
from services.runtime.patience import Patience
from services.runtime.read import PartitionReader, Record

CONFLICT_COUNT_MAX: Final = 50
KEY_POLL_S: Final = 1.0
# A line per link at the pace of people; one per batch in a flood, where a line each would cost as much as the work.
LOGGED_COUNT_MAX: Final = 20


class Ledger(Outbox, Protocol):
    """Where batches are committed."""

    async def take_over(self, partition: int) -> Position: ...

    async def commit(self, batch: Batch) -> Committed: ...

    async def released_by(self, partition: int, offset: int) -> str | None: ...


class Parts(Protocol):
    """What a worker is joined to; made once per process."""

    ledger: Ledger
    health: Health
    meters: Meters
    batch_count_max: int

    def requests(self, partition: int) -> AbstractAsyncContextManager[PartitionReader]: ...

    def transactions(self, partition: int) -> AbstractAsyncContextManager[PartitionReader]: ...

    def relay(self, partition: int) -> Relay: ...

    def keys(self) -> Keys: ...

    async def partition_counts(self) -> tuple[int, int]: ...

    async def reached(self, partition: int, next_offset: int) -> None: ...


class PartitionWorker:
    """The work of one partition, from assignment to revocation."""

    def __init__(self, parts: Parts, partition: int) -> None:
        self._parts = parts
        self._partition = partition
        self._name = f"partition {partition}"
        self._patiently = Patience(parts.health, self._name)
        self._relay = parts.relay(partition)
        self._keys = parts.keys()
        self._epoch = 0
        self._partition_count = 0
        self._next_offset = 0

    async def run(self) -> None:
        """Work until cancelled. Raises Halt where going on could lose or double links."""
        health = self._parts.health
        health.waiting(self._name, "taking over")
        try:
            async with self._parts.requests(self._partition) as reader:
                await self._patiently(lambda: self._take_over(reader))
                health.ready(self._name)
                await self._consume(reader)
        except Fenced as fenced:
            log.warning("partition.lost", partition=self._partition, epoch=self._epoch, found=fenced.position.epoch)
        finally:
            health.forget(self._name)

    async def _take_over(self, reader: PartitionReader) -> None:
        position = await self._parts.ledger.take_over(self._partition)
        counts = await self._parts.partition_counts()
        if set(counts) != {position.partition_count}:
            raise Halt(
                f"the request and transaction topics have {counts[0]} and {counts[1]} partitions, "
                f"not the {position.partition_count} that the ledger was made with"
            )
        await stand_where_remembered(reader, position.next_offset, position.last_digest)
        async with self._parts.transactions(self._partition) as output:
            self._relay.published = await find_published(output, position, self._parts.ledger)
        sent = await self._relay.catch_up()
        self._epoch, self._partition_count = position.epoch, position.partition_count
        self._next_offset = position.next_offset
        log.info("partition.taken", partition=self._partition, epoch=self._epoch, relayed=sent)

    async def _consume(self, reader: PartitionReader) -> None:
        while True:
            records = await self._patiently(lambda: reader.batch(self._parts.batch_count_max))
            self._parts.health.beat(self._name)
            if records:
                await self._take(reader, records)
            await self._parts.reached(self._partition, self._next_offset)

    async def _take(self, reader: PartitionReader, records: Sequence[Record]) -> None:
        items, stuck = self._read(records)
        try:
            await self._commit(records[: len(items)], items)
        except Fenced as fenced:
            await self._find_again(reader, fenced)
            return
        if stuck is not None:
            await self._wait_for_key(records[len(items)], stuck)
            reader.seek(self._next_offset)

    def _read(self, records: Sequence[Record]) -> tuple[list[Received | DeadLetter], UnknownKey | None]:
        items: list[Received | DeadLetter] = []
        for record in records:
            try:
                items.append(read(record, self._keys, self._partition_count))
            except UnknownKey as stuck:
                return items, stuck
        return items, None

    async def _commit(self, records: Sequence[Record], items: Sequence[Received | DeadLetter]) -> None:
        """Commit records and publish their rows; a data error splits them down to the one that Postgres refuses."""
        if not records:
            return
        try:
            committed = await self._patiently(lambda: self._commit_once(records, items))
        except DataFault as fault:
            await self._split(records, items, fault)
            return
        self._next_offset = records[-1].offset + 1
        self._parts.meters.count(committed, len(records))
        self._log(committed)
        if committed.messages:
            await self._publish(committed)

    async def _commit_once(self, records: Sequence[Record], items: Sequence[Received | DeadLetter]) -> Committed:
        batch = Batch(
            partition=self._partition,
            epoch=self._epoch,
            first_offset=self._next_offset,
            next_offset=records[-1].offset + 1,
            last_digest=digest(records[-1].value or b""),
            items=items,
            published=self._relay.published,
        )
        with self._parts.meters.commit_seconds.time():
            for _ in range(CONFLICT_COUNT_MAX):
                try:
                    return await self._parts.ledger.commit(batch)
                except Conflict as conflict:
                    log.info("batch.conflict", partition=self._partition, constraint=str(conflict))
        raise Transient(f"{CONFLICT_COUNT_MAX} conflicts with other partitions in a row")

    async def _split(self, records: Sequence[Record], items: Sequence[Received | DeadLetter], fault: DataFault) -> None:
        if len(records) == 1:
            if isinstance(items[0], DeadLetter):
                raise Halt(f"Postgres refuses even the dead letter of offset {records[0].offset}: {fault}") from fault
            await self._commit(
                records, [buried(records[0], "data-error", f"Postgres refused it: SQLSTATE {fault.sqlstate}")]
            )
            return
        half = len(records) // 2
        await self._commit(records[:half], items[:half])
        await self._commit(records[half:], items[half:])

    async def _publish(self, committed: Committed) -> None:
        try:
            await self._relay.send(committed.first_seq, committed.messages)
        except Transient as trouble:
            log.warning("relay.resuming", partition=self._partition, cause=str(trouble))
            await self._patiently(self._relay.catch_up)
        self._parts.meters.published.inc(len(committed.messages))

    async def _find_again(self, reader: PartitionReader, fenced: Fenced) -> None:
        """After a commit whose outcome was unknown: relay what the ledger has, and read on from where it stands."""
        position = fenced.position
        if position.epoch > self._epoch:
            raise fenced
        if position.epoch < self._epoch or position.next_offset < self._next_offset:
            raise Halt(
                f"partition {self._partition}: the database stands at offset {position.next_offset}, this worker had "
                f"committed up to {self._next_offset}: was it restored to an earlier state?"
            )
        await self._patiently(self._relay.catch_up)
        self._next_offset = position.next_offset
        reader.seek(self._next_offset)

    async def _wait_for_key(self, record: Record, stuck: UnknownKey) -> None:
        """Wait, not ready, until the key is supplied or an operator releases the offset. Nothing is committed
        meanwhile.
        """
        log.error("partition.key-missing", partition=self._partition, offset=record.offset, key_id=stuck.key_id)
        reason = f"offset {record.offset}: {stuck}; supply it, or `ecflink dead release`"
        self._parts.health.waiting(self._name, reason)
        while True:
            self._parts.health.beat(self._name)
            self._keys = self._parts.keys()
            if self._keys.know(stuck.key_id):
                break
            by = await self._patiently(lambda: self._parts.ledger.released_by(self._partition, record.offset))
            if by is not None:
                await self._commit([record], [buried(record, "released", f"released by {by}: {stuck}")])
                break
            await asyncio.sleep(KEY_POLL_S)
        self._parts.health.ready(self._name)

    def _log(self, committed: Committed) -> None:
        for letter in committed.dead_letters:
            log.error(
                "record.buried",
                partition=self._partition,
                offset=letter.offset,
                request_id=letter.request_id,
                kind=letter.kind,
                cause=letter.detail,
            )
        if len(committed.outcomes) > LOGGED_COUNT_MAX:
            log.info(
                "batch.committed",
                partition=self._partition,
                first_seq=committed.first_seq,
                count=len(committed.outcomes),
            )
            return
        for request, outcome in zip(committed.requests, committed.outcomes, strict=True):
            log.info(
                "link.committed",
                request_id=request.request_id,
                transaction_id=outcome.transaction_id,
                status=outcome.status,
                reason=outcome.reason,
            )
