"""Following a topic into the database: every partition, from the stored positions, by one process at a time.

A named stop (Halt) ends this projection alone, loudly: filers still sign in and confirm, and read "not yet recorded".
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, Protocol

from aiokafka import TopicPartition

from services.auth.metrics import Metrics
from services.auth.projection import position
from services.auth.projection.position import Place, Position
from services.contract.topics import LINK_TRANSACTIONS, MAIL_DELIVERIES, Topic
from services.runtime.database import Connection, Pool, acquired
from services.runtime.faults import Halt, Transient
from services.runtime.health import Health
from services.runtime.kafka import consumer, translated
from services.runtime.log import log
from services.runtime.read import Bounds, Record
from services.runtime.settings import KafkaSettings
from services.runtime.topology import partition_count

BATCH_COUNT_MAX: Final = 4_000
POLL_MS: Final = 1_000
RETRY_S: Final = 1.0
STANDBY_S: Final = 2.0
_LOCK_CLASS: Final = 0x7072_6F6A  # "proj"
_LOCKS: Final = {LINK_TRANSACTIONS.name: 1, MAIL_DELIVERIES.name: 2}


class Projection(Protocol):
    """What a topic is turned into."""

    topic: Topic

    def start(self, place: Place, at: Position, log: Bounds, /) -> Position:
        """Return where to read on, or raise Halt where that cannot be told."""

    async def apply(self, connection: Connection, place: Place, at: Position, records: Sequence[Record], /) -> Position:
        """Apply records in one transaction that first moves the position, and return the new position."""


@dataclass(frozen=True, kw_only=True)
class Follower:
    """Drives one projection."""

    settings: KafkaSettings
    pool: Pool
    projection: Projection
    health: Health
    metrics: Metrics

    @property
    def name(self) -> str:
        """The name of this loop in health and logs."""
        return f"projection-{self.projection.topic.name}"

    async def run(self) -> None:
        """Follow until cancelled; trouble of Kafka or Postgres is waited out, a Halt ends it for good."""
        halted = self.metrics.halted.labels(self.projection.topic.name)
        halted.set(0)
        try:
            while True:
                self.health.beat(self.name)
                try:
                    async with self._leading() as connection:
                        if connection is not None:
                            await self._follow(connection)
                    await asyncio.sleep(STANDBY_S)
                except Transient as trouble:
                    log.warning("projection.waits", topic=self.projection.topic.name, cause=str(trouble))
                    await asyncio.sleep(RETRY_S)
        except Halt as halt:
            halted.set(1)
            self.health.degraded(self.name, str(halt))
            log.error("projection.halted", topic=self.projection.topic.name, cause=str(halt))
        finally:
            self.health.forget(self.name)

    @asynccontextmanager
    async def _leading(self) -> AsyncGenerator[Connection | None]:
        async with acquired(self.pool) as connection:
            number = _LOCKS[self.projection.topic.name]
            mine = await connection.fetchval("SELECT pg_try_advisory_lock($1, $2)", _LOCK_CLASS, number)
            yield connection if mine else None

    async def _follow(self, connection: Connection) -> None:
        topic = self.projection.topic.named(self.settings.topic_prefix)
        count = await partition_count(self.settings, self.projection.topic)
        if not count:
            raise Transient(f"topic {topic} does not exist: run `ecflink topics`")
        client = consumer(self.settings)
        try:
            with translated():
                await client.start()
            places = {
                TopicPartition(topic, number): Place(self.projection.topic.name, number) for number in range(count)
            }
            client.assign(list(places))
            positions = await self._positions(connection, client, places)
            while True:
                self.health.beat(self.name)
                with translated():
                    found = await client.getmany(timeout_ms=POLL_MS, max_records=BATCH_COUNT_MAX)
                for partition, records in found.items():
                    place = places[partition]
                    positions[place] = await self.projection.apply(connection, place, positions[place], records)
        finally:
            await client.stop()

    async def _positions(
        self,
        connection: Connection,
        client: Any,  # noqa: ANN401 - aiokafka has no types
        places: dict[TopicPartition, Place],
    ) -> dict[Place, Position]:
        with translated():
            starts, ends = await client.beginning_offsets(list(places)), await client.end_offsets(list(places))
        positions = {}
        for partition, place in places.items():
            at = await position.stored(connection, place)
            start = self.projection.start(place, at, Bounds(starts[partition], ends[partition]))
            if start != at:
                await position.move(connection, place, at, start)
            client.seek(partition, start.next_offset)
            positions[place] = start
        return positions
