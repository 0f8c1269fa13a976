"""Records from Kafka, all partitions at once: by arrival while it is live, by time where both ends are known.

Within a partition the order is always that of the offsets. No more is held than the batches under way.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from aiokafka import TopicPartition

from services.replay.capture.merging import Merge
from services.replay.capture.spans import Span
from services.replay.recording.record import Recorded
from services.runtime.kafka import consumer, translated
from services.runtime.settings import KafkaSettings

FETCH_BYTES_MIN: Final = 256 * 1024
FETCH_BYTES_MAX: Final = 2 * 1024 * 1024
FETCH_BYTES_OF_ALL: Final = 12 * 1024 * 1024
POLL_S: Final = 0.25
PROBE_S: Final = 3.0
ANSWER_S_MAX: Final = 15.0
BATCH_COUNT_MAX: Final = 4_000
HELD_COUNT_MAX: Final = 2_000
HELD_BYTES_OF_ALL: Final = 64 * 1024 * 1024
_TYPES: Final = {0: "create", 1: "append"}


@asynccontextmanager
async def opened(settings: KafkaSettings, partition_count: int) -> AsyncGenerator[Any]:
    """Open a consumer with large batches for so many partitions. Raises Transient where no broker answers."""
    fetch_bytes = min(FETCH_BYTES_MAX, max(FETCH_BYTES_MIN, FETCH_BYTES_OF_ALL // partition_count))
    client = consumer(settings, max_partition_fetch_bytes=fetch_bytes)
    try:
        with translated():
            await client.start()
        yield client
    finally:
        await client.stop()


class Source:
    """The records of some spans."""

    def __init__(self, client: Any, spans: Sequence[Span]) -> None:  # noqa: ANN401 - aiokafka has no types
        self._client = client
        self._spans = {span.place: span for span in spans}
        self._heard_at = time.monotonic()
        self._open = {place for place, span in self._spans.items() if span.end is None or span.start < span.end}
        client.assign(list(self._spans))
        for place, span in self._spans.items():
            client.seek(place, span.start)

    @property
    def is_live(self) -> bool:
        """Whether a partition of it has no end."""
        return any(span.end is None for span in self._spans.values())

    def batches(self) -> AsyncGenerator[list[Recorded]]:
        """Yield the records, or an empty batch when none came for a moment."""
        return self.live() if self.is_live else self.merged()

    async def live(self) -> AsyncGenerator[list[Recorded]]:
        """Yield what arrives, or an empty batch when nothing did for a moment; ends where every span has its end."""
        while self._open:
            found = await self._fetched(self._open)
            yield [record for records in found.values() for record in records]

    async def merged(self) -> AsyncGenerator[list[Recorded]]:
        """Yield the records of spans that have ends in the order of their times, as far as a partition's own order
        allows: a record counts as no earlier than those before it. A batch is empty while a partition is waited for.
        """
        merge = Merge[TopicPartition]()
        while self._open or merge:
            # The next batches come in while those at hand are ordered; only where one is lacking it is waited for.
            lacking = any(not merge.count(place) for place in self._open)
            if wanted := {place for place in self._open if self._has_room(merge, place)}:
                for place, records in (await self._fetched(wanted, wait_s=POLL_S if lacking else 0)).items():
                    merge.add(place, records)
            ready = merge and all(merge.count(place) for place in self._open)
            yield merge.taken() if ready else []

    def _has_room(self, merge: Merge[TopicPartition], place: TopicPartition) -> bool:
        """Say whether more of a partition may be held; what is lacking always may, or nothing would go on."""
        count = merge.count(place)
        bytes_max = HELD_BYTES_OF_ALL // len(self._spans)
        return not count or (count < HELD_COUNT_MAX and merge.value_bytes(place) < bytes_max)

    async def _fetched(
        self, places: set[TopicPartition], *, wait_s: float = POLL_S
    ) -> dict[TopicPartition, list[Recorded]]:
        with translated():
            found = await self._client.getmany(
                *places, timeout_ms=int(wait_s * 1000), max_records=BATCH_COUNT_MAX * len(places)
            )
            taken = {place: self._inside(place, records) for place, records in found.items()}
            for place in list(places):
                end = self._spans[place].end
                if end is not None and await self._client.position(place) >= end:
                    self._open.discard(place)
        await asyncio.sleep(0)  # so that the client can ask for more before we compute
        await self._probe(heard=bool(found) or not wait_s)
        return taken

    async def _probe(self, *, heard: bool) -> None:
        """Ask for an answer where nothing came for a while: aiokafka itself never says that the broker is gone."""
        now = time.monotonic()
        if heard:
            self._heard_at = now
        elif now - self._heard_at >= PROBE_S:
            with translated():
                await asyncio.wait_for(self._client.end_offsets(list(self._spans)), ANSWER_S_MAX)
            self._heard_at = time.monotonic()

    def _inside(self, place: TopicPartition, records: list[Any]) -> list[Recorded]:
        topic, partition, end = self._spans[place].topic, place.partition, self._spans[place].end
        return [
            Recorded(
                topic,
                partition,
                each.offset,
                each.timestamp,
                _TYPES.get(each.timestamp_type, "create"),  # type: ignore[arg-type]  # its values are the two words
                each.key,
                each.headers,
                each.value,
            )
            for each in records
            if end is None or each.offset < end
        ]
