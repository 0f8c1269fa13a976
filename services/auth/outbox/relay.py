"""The relay: rows of one topic to Kafka, in id order per partition, woken at once by whoever commits one.

One process relays a topic at a time (an advisory lock); a copy may be sent after trouble, a gap or another order never:
while a request is unanswered no second one of the same key can be committed.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

from services.auth.metrics import Metrics
from services.auth.outbox import rows
from services.auth.outbox.dispatch import Dispatch
from services.contract.topics import AUTH_LOGINS, FILER_NOTICES, LINK_REQUESTS, Topic
from services.runtime.database import Connection, Pool, acquired
from services.runtime.faults import Transient
from services.runtime.health import Health
from services.runtime.log import log
from services.runtime.settings import KafkaSettings

ROW_COUNT_MAX: Final = 2_000
# Rows committed by another process, and those that `republish` freed, are found by looking.
POLL_S: Final = 0.5
RETRY_S_MIN: Final = 0.2
RETRY_S_MAX: Final = 5.0
STANDBY_S: Final = 1.0
_LOCK_CLASS: Final = 0x6F75_7462  # "outb"
_LOCKS: Final = {LINK_REQUESTS.name: 1, AUTH_LOGINS.name: 2, FILER_NOTICES.name: 3}


class Relay:
    """Publishes the rows of one topic.

    Where nobody waits for a row, `gather_s`: once woken it waits so long for more, and ticks off the rows of a round's
    partitions together, as each commit waits for the disk.
    """

    def __init__(
        self, settings: KafkaSettings, topic: Topic, pool: Pool, metrics: Metrics, *, gather_s: float = 0.0
    ) -> None:
        self._topic = topic
        self._pool = pool
        self._metrics = metrics
        self._gather_s = gather_s
        self._dispatch = Dispatch(settings, topic)
        self._committed = asyncio.Event()
        self._name = f"relay-{topic.name}"

    def wake(self) -> None:
        """Say that a row was committed."""
        self._committed.set()

    async def run(self, health: Health) -> None:
        """Relay until cancelled. Trouble of Postgres or Kafka is waited out, with growing pauses."""
        pause_s = RETRY_S_MIN
        try:
            while True:
                health.beat(self._name)
                try:
                    async with self._leading() as connection:
                        if connection is None:
                            await asyncio.sleep(STANDBY_S)
                            continue
                        while True:
                            await self._round(connection, health)
                            pause_s = RETRY_S_MIN
                except Transient as trouble:
                    log.warning("outbox.waits", topic=self._topic.name, cause=str(trouble), pause_s=pause_s)
                await asyncio.sleep(pause_s)
                pause_s = min(pause_s * 2, RETRY_S_MAX)
        finally:
            health.forget(self._name)
            await self._dispatch.close()

    @asynccontextmanager
    async def _leading(self) -> AsyncGenerator[Connection | None]:
        # The lock lives and dies with the connection that also reads the rows: who lost it reads nothing more.
        gauge = self._metrics.relaying.labels(self._topic.name)
        async with acquired(self._pool) as connection:
            number = _LOCKS[self._topic.name]
            if not await connection.fetchval("SELECT pg_try_advisory_lock($1, $2)", _LOCK_CLASS, number):
                yield None
                return
            gauge.set(1)
            try:
                yield connection
            finally:
                gauge.set(0)

    async def _round(self, connection: Connection, health: Health) -> None:
        self._committed.clear()
        found = await rows.waiting(connection, self._topic, ROW_COUNT_MAX)
        health.beat(self._name)
        if found:
            await self._publish(connection, found, health)
        if len(found) < ROW_COUNT_MAX:
            try:
                await asyncio.wait_for(self._committed.wait(), POLL_S)
                await asyncio.sleep(self._gather_s)
            except TimeoutError:
                self._metrics.waiting.labels(self._topic.name).set(await rows.count_waiting(connection, self._topic))

    async def _publish(self, connection: Connection, found: list[rows.Waiting], health: Health) -> None:
        published: list[int] = []
        try:
            async for sent in self._dispatch.send([waiting.message for waiting in found]):
                health.beat(self._name)
                row_ids = [found[index].row_id for index in sent.indexes]
                if sent.refused is not None:
                    await self._park(connection, row_ids, sent.refused)
                    continue
                published += row_ids
                if not self._gather_s:
                    await self._acknowledge(connection, published)
        except Transient:
            await self._acknowledge(connection, published)  # of those partitions before the one that gives trouble
            raise
        await self._acknowledge(connection, published)

    async def _acknowledge(self, connection: Connection, published: list[int]) -> None:
        """Mark or delete rows, and empty the list."""
        if published:
            await rows.acknowledge(connection, published)
            self._metrics.published.labels(self._topic.name).inc(len(published))
            published.clear()

    async def _park(self, connection: Connection, row_ids: list[int], cause: str) -> None:
        for row_id in row_ids:
            await rows.park(connection, row_id, cause)
            self._metrics.parked.labels(self._topic.name).inc()
            log.error("outbox.parked", topic=self._topic.name, row=row_id, cause=cause)
