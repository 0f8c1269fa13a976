"""Lines from Kafka, all partitions at once: by arrival while it is live, by time where both ends are known.

Within a partition the order is always that of the offsets. No more is held than the batches under way.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from aiokafka import TopicPartition

from services.replay.capture.hooking import make_at_once
from services.replay.capture.merging import Merge
from services.replay.capture.sieve import Sieve
from services.replay.capture.spans import Span
from services.replay.capture.stretches import Stretch, Stretcher
from services.runtime.kafka import consumer, translated
from services.runtime.settings import KafkaSettings

FETCH_BYTES_MIN: Final = 256 * 1024
FETCH_BYTES_MAX: Final = 1 * 1024 * 1024
FETCH_BYTES_OF_ALL: Final = 3 * 1024 * 1024
POLL_S: Final = 0.25
PROBE_S: Final = 3.0
ANSWER_S_MAX: Final = 15.0
BATCH_COUNT_MAX: Final = 4_000
HELD_COUNT_OF_ALL: Final = 100_000
HELD_BYTES_OF_ALL: Final = 32 * 1024 * 1024


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
    """The lines of some spans."""

    def __init__(self, client: Any, spans: Sequence[Span], sieve: Sieve) -> None:  # noqa: ANN401 - aiokafka has no types
        self._client = client
        self._spans = {span.place: span for span in spans}
        self._stretchers = {
            span.place: Stretcher((span.topic, span.place.partition), span.number, span.end, sieve) for span in spans
        }
        make_at_once(client, {place: stretcher.made for place, stretcher in self._stretchers.items()})
        self._heard_at = time.monotonic()
        self._open = {place for place, span in self._spans.items() if span.end is None or span.start < span.end}
        client.assign(list(self._spans))
        for place, span in self._spans.items():
            client.seek(place, span.start)

    @property
    def is_live(self) -> bool:
        """Whether a partition of it has no end."""
        return any(span.end is None for span in self._spans.values())

    def batches(self) -> AsyncGenerator[Stretch]:
        """Yield the lines, or an empty batch when none came for a moment."""
        return self.live() if self.is_live else self.merged()

    async def live(self) -> AsyncGenerator[Stretch]:
        """Yield what arrives, or an empty batch when nothing did for a moment; ends where every span has its end."""
        while self._open:
            yield Stretch.joined([*(await self._fetched(self._open)).values()])

    async def merged(self) -> AsyncGenerator[Stretch]:
        """Yield the lines of spans that have ends in the order of their times, as far as a partition's own order
        allows: a record counts as no earlier than those before it. A batch is empty while a partition is waited for.
        """
        merge = Merge(self._open)
        while self._open or merge:
            if wanted := {place for place in self._open if self._has_room(merge, place)}:
                for place, stretch in (await self._fetched(wanted)).items():
                    merge.add(place, stretch, self._stretchers[place].known_ms)
            for place in self._spans.keys() - self._open:
                merge.end(place)
            yield merge.taken()

    def _has_room(self, merge: Merge[TopicPartition], place: TopicPartition) -> bool:
        """Say whether more of a partition may be held; what is lacking always may, or nothing would go on."""
        count, of_all = merge.count(place), len(self._spans)
        return not count or (
            count < HELD_COUNT_OF_ALL // of_all and merge.line_bytes(place) < HELD_BYTES_OF_ALL // of_all
        )

    async def _fetched(self, places: set[TopicPartition]) -> dict[TopicPartition, Stretch]:
        with translated():
            found = await self._client.getmany(
                *places, timeout_ms=int(POLL_S * 1000), max_records=BATCH_COUNT_MAX * len(places)
            )
            # So that the client asks for more before we compute; the broker answers meanwhile.
            await asyncio.sleep(0)
            taken = {place: self._stretchers[place].stretch(records) for place, records in found.items()}
            for place in list(places):
                end = self._spans[place].end
                if end is not None and await self._client.position(place) >= end:
                    self._open.discard(place)
        await self._probe(heard=bool(found))
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
