"""Reading a compacted topic from its beginning and on, without a group: the last word on each key counts."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition

from services.contract.topics import Topic
from services.runtime.faults import Transient
from services.runtime.kafka import consumer, translated
from services.runtime.read import POLL_S, Record
from services.runtime.settings import KafkaSettings
from services.runtime.topology import partition_count

# How often an idle reader asks the broker whether it is there.
PROBE_S: Final = 3.0
ANSWER_S_MAX: Final = 5.0


class TopicReader:
    """A position in each partition. Made by `reading_whole`; raises Transient while Kafka does not answer."""

    def __init__(self, client: AIOKafkaConsumer, places: list[TopicPartition]) -> None:
        self._client = client
        self._places = places
        self._probed_at = float("-inf")

    async def ends(self) -> dict[TopicPartition, int]:
        """Return where each partition's log ends now."""
        with translated():
            found: dict[TopicPartition, int] = await self._client.end_offsets(self._places)
        return found

    async def has_read(self, ends: dict[TopicPartition, int]) -> bool:
        """Say whether all before these ends was given out."""
        with translated():
            return all([await self._client.position(place) >= end for place, end in ends.items()])

    async def batch(self, count_max: int | None = None) -> list[Record]:
        """Return what has arrived, or nothing after a second."""
        with translated():
            found = await self._client.getmany(timeout_ms=int(POLL_S * 1000), max_records=count_max)
        return [record for records in found.values() for record in records]

    async def probe(self) -> None:
        """Ask for an answer, PROBE_S after the last one at the earliest: an idle topic says nothing itself."""
        loop = asyncio.get_running_loop()
        if loop.time() - self._probed_at >= PROBE_S:
            with translated():
                await asyncio.wait_for(self._client.end_offsets(self._places), ANSWER_S_MAX)
            self._probed_at = loop.time()


@asynccontextmanager
async def reading_whole(settings: KafkaSettings, topic: Topic, **options: object) -> AsyncGenerator[TopicReader]:
    """Open a reader at the beginning of every partition. Raises Transient where there is no such topic."""
    name, count = topic.named(settings.topic_prefix), await partition_count(settings, topic)
    if not count:
        raise Transient(f"topic {name} does not exist: run `ecflink topics`")
    places = [TopicPartition(name, number) for number in range(count)]
    client = consumer(settings, **options)
    try:
        with translated():
            await client.start()
            client.assign(places)
            for place, start in (await client.beginning_offsets(places)).items():
                client.seek(place, start)
        yield TopicReader(client, places)
    finally:
        await client.stop()
