"""Reading several partitions of a topic, each by its own reader, through one connection and one request for all.

A request to the broker costs the same for one partition as for six.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, TopicPartition

from services.contract.topics import Topic
from services.runtime.faults import Transient
from services.runtime.kafka import consumer, translated
from services.runtime.read import PartitionReader
from services.runtime.settings import KafkaSettings
from services.runtime.topology import partition_count


class PartitionReaders:
    """Lends readers of a topic's partitions, one reader per partition at a time. Connects at the first.

    Close it when done.
    """

    def __init__(self, settings: KafkaSettings, topic: Topic) -> None:
        self._settings = settings
        self._topic = topic
        self._opening = asyncio.Lock()
        self._client: AIOKafkaConsumer | None = None

    @asynccontextmanager
    async def reading(self, partition: int, *, offset: int = 0) -> AsyncGenerator[PartitionReader]:
        """Lend a reader that stands at `offset`. Raises Transient where no broker answers or there is no topic."""
        client = await self._open()
        place = TopicPartition(self._topic.named(self._settings.topic_prefix), partition)
        reader = PartitionReader(client, place)
        reader.seek(offset)
        client.resume(place)
        try:
            yield reader
        finally:
            client.pause(place)

    async def _open(self) -> AIOKafkaConsumer:
        async with self._opening:
            if self._client is None:
                self._client = await _assigned(self._settings, self._topic)
            return self._client

    async def close(self) -> None:
        """Close the connection."""
        client, self._client = self._client, None
        if client is not None:
            await client.stop()


async def _assigned(settings: KafkaSettings, topic: Topic) -> AIOKafkaConsumer:
    """Return a consumer that has all partitions from the beginning, none of them fetched before somebody reads it.

    To assign anew later would forget where the others stand.
    """
    places = [TopicPartition(topic.named(settings.topic_prefix), number) for number in await _numbers(settings, topic)]
    client = consumer(settings)
    try:
        with translated():
            await client.start()
        client.assign(places)
        for place in places:
            client.seek(place, 0)
        client.pause(*places)
    except BaseException:
        await client.stop()
        raise
    return client


async def _numbers(settings: KafkaSettings, topic: Topic) -> range:
    count = await partition_count(settings, topic)
    if not count:
        raise Transient(f"{topic.named(settings.topic_prefix)} does not exist: run `ecflink topics`")
    return range(count)
