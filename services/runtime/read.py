"""Reading one partition from a given offset, without a group: the base of every consume loop, take-over and audit."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, NamedTuple, Protocol

from aiokafka import AIOKafkaConsumer, TopicPartition

from services.runtime.faults import Halt
from services.runtime.kafka import consumer, translated
from services.runtime.settings import KafkaSettings

POLL_S: Final = 1.0
READ_COUNT_MAX: Final = 2_000


class Record(Protocol):
    """A record as aiokafka gives it. `headers` may repeat a name and hold nulls."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]


class Bounds(NamedTuple):
    """The first offset that a partition's log still holds, and the offset after its last record."""

    start: int
    end: int


class PartitionReader:
    """A position in one partition. Made by `reading` or `PartitionReaders`.

    Every method raises Transient while Kafka does not answer.
    """

    def __init__(self, client: AIOKafkaConsumer, place: TopicPartition) -> None:
        self._client = client
        self.place = place

    def seek(self, offset: int) -> None:
        """Stand at an offset."""
        self._client.seek(self.place, offset)

    async def bounds(self) -> Bounds:
        """Return where the log starts and ends now."""
        with translated():
            start = (await self._client.beginning_offsets([self.place]))[self.place]
            end = (await self._client.end_offsets([self.place]))[self.place]
        return Bounds(start, end)

    async def batch(self, count_max: int = READ_COUNT_MAX, wait_s: float = POLL_S) -> list[Record]:
        """Return what has arrived, 1 to `count_max` records, or none after `wait_s` seconds.

        Raises Halt when the log no longer holds the position, or the client has given up fetching.
        """
        with translated():
            found = await self._client.getmany(self.place, timeout_ms=int(wait_s * 1000), max_records=count_max)
        records: list[Record] = found.get(self.place, [])
        if not records and self._client._fetcher._fetch_task.done():  # noqa: SLF001 - aiokafka keeps it to itself
            raise Halt("the Kafka client fetches no more: it is made anew when this process is")
        return records

    async def until(self, end: int) -> AsyncIterator[list[Record]]:
        """Yield batches from the present position up to, not including, offset `end`."""
        while await self._client.position(self.place) < end:
            inside = [record for record in await self.batch() if record.offset < end]
            if inside:
                yield inside


@asynccontextmanager
async def reading(
    settings: KafkaSettings, topic: str, partition: int, *, offset: int = 0
) -> AsyncGenerator[PartitionReader]:
    """Open a reader on a partition of a topic (its full name on the broker) that stands at `offset`."""
    client = consumer(settings)
    try:
        with translated():
            await client.start()
        place = TopicPartition(topic, partition)
        client.assign([place])
        reader = PartitionReader(client, place)
        reader.seek(offset)
        yield reader
    finally:
        await client.stop()
