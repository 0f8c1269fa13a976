"""Watches the output topics while a run goes on: stands at their ends before it starts, reads, marks the timings.

What is timed are the stamps that linker and notifier set; when we read them only shows in the live view.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Final, NamedTuple

import numpy as np
from aiokafka import AIOKafkaConsumer, TopicPartition

from services.contract.topics import LINK_TRANSACTIONS, MAIL_DELIVERIES, Topic
from services.replay.measure.sightings import Reading, deliveries_seen, transactions_seen
from services.replay.measure.stages import Stage
from services.replay.measure.timings import Timings
from services.runtime.faults import Halt, Transient
from services.runtime.kafka import consumer, translated
from services.runtime.read import Record
from services.runtime.settings import KafkaSettings
from services.runtime.topology import partition_count

BATCH_COUNT_MAX: Final = 2_000
POLL_S: Final = 0.25
# How often an idle observer asks the broker whether it is there: an idle topic says nothing itself.
PROBE_S: Final = 3.0
AWAY_S_MAX: Final = 15.0
_RETRY_S: Final = 0.5
# At full speed a fetch then brings hundreds of records instead of a handful, for a tenth of the work. What is timed are
# the stamps; what is judged as it comes (the live view, --abort-on, the end of the drain, and clocks that part in the
# middle of a run) may be this far behind.
_GATHER_S: Final = 0.05
_FETCH_WAIT_MS_MAX: Final = 100
_FETCH_BYTES_MIN: Final = 64 * 1024
_FETCH_BYTES_MAX: Final = 1024 * 1024


class Watch(NamedTuple):
    """Which topic tells of which stage, and how its records are read."""

    topic: Topic
    stage: Stage
    read: Reading


WATCHES: Final = (
    Watch(LINK_TRANSACTIONS, Stage.COMMITTED, transactions_seen),
    Watch(MAIL_DELIVERIES, Stage.MAILED, deliveries_seen),
)


class Observer:
    """Reads one topic from where it stood. `smallest_s` is the least (seen here less stamped there) so far."""

    def __init__(self, client: AIOKafkaConsumer, places: Sequence[TopicPartition], watch: Watch) -> None:
        self._client = client
        self._places = list(places)
        self.watch = watch
        self.smallest_s = float("inf")
        self.trouble: str | None = None
        self._heard_at = time.monotonic()
        self._away_since: float | None = None

    @property
    def away_s(self) -> float:
        """For how long the broker has not answered; 0 while it does."""
        return 0.0 if self._away_since is None else time.monotonic() - self._away_since

    async def follow(self, timings: Timings) -> None:
        """Read until cancelled, through outages of the broker. Raises Halt when the log no longer holds our place."""
        while True:
            try:
                records = await self._batch()
                if not records:
                    await self._probe()
            except Transient as trouble:
                self.trouble = str(trouble)
                self._away_since = self._away_since or time.monotonic()
                await asyncio.sleep(_RETRY_S)
                continue
            if records:
                self._heard()
                self._take(records, timings)
                if len(records) < BATCH_COUNT_MAX:
                    await asyncio.sleep(_GATHER_S)

    async def _batch(self) -> list[Record]:
        with translated():
            found = await self._client.getmany(timeout_ms=int(POLL_S * 1000), max_records=BATCH_COUNT_MAX)
        return [record for records in found.values() for record in records]

    async def _probe(self) -> None:
        if time.monotonic() - self._heard_at >= PROBE_S:
            with translated():
                await asyncio.wait_for(self._client.end_offsets(self._places), PROBE_S)
            self._heard()

    def _heard(self) -> None:
        self._heard_at, self._away_since = time.monotonic(), None

    def _take(self, records: Sequence[Record], timings: Timings) -> None:
        seen = self.watch.read(records)
        marked = timings.mark(self.watch.stage, seen.ids, seen.at_s)
        if len(marked.places):
            timings.rejected[marked.places] |= seen.rejected[marked.rows]
            self.smallest_s = min(self.smallest_s, float(time.time() - np.max(seen.at_s[marked.rows])))


class Observers:
    """All observers of a run, reading in the background."""

    def __init__(self, observers: Sequence[Observer]) -> None:
        self.observers = tuple(observers)
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, timings: Timings) -> None:
        """Begin to read. `timings.begin` comes before the first record is sent."""
        self._tasks = [asyncio.create_task(each.follow(timings)) for each in self.observers]

    def check(self) -> None:
        """Raise what ended an observer, or Transient where the broker has not answered for AWAY_S_MAX seconds."""
        for task in self._tasks:
            if task.done():
                task.result()
        for each in self.observers:
            if each.away_s > AWAY_S_MAX:
                raise Transient(f"{each.watch.topic.name} could not be read for {each.away_s:.0f} s: {each.trouble}")

    @property
    def smallest_ms(self) -> dict[Stage, float]:
        """By stage the least (seen less stamped), in ms; below zero the clocks disagree."""
        seen = {each.watch.stage: each.smallest_s for each in self.observers}
        return {stage: round(smallest * 1000, 3) for stage, smallest in seen.items() if smallest != float("inf")}

    async def stop(self) -> None:
        """Stop reading."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            # What ended it was told by `check`, or no longer matters.
            with suppress(asyncio.CancelledError, Halt, Transient):
                await task


@asynccontextmanager
async def observing(
    settings: KafkaSettings, timings: Timings, watches: Sequence[Watch] = WATCHES
) -> AsyncGenerator[Observers]:
    """Stand at the ends of the output topics and read on in the background for the time of a block.

    Raises Transient where the broker does not answer or has no such topic.
    """
    async with AsyncExitStack() as stack:
        observers = Observers([await stack.enter_async_context(_standing(settings, watch)) for watch in watches])
        observers.start(timings)
        try:
            yield observers
        finally:
            await observers.stop()


@asynccontextmanager
async def _standing(settings: KafkaSettings, watch: Watch) -> AsyncGenerator[Observer]:
    name, count = watch.topic.named(settings.topic_prefix), await partition_count(settings, watch.topic)
    if not count:
        raise Transient(f"topic {name} does not exist: run `ecflink topics`")
    places = [TopicPartition(name, number) for number in range(count)]
    client = consumer(
        settings,
        max_partition_fetch_bytes=_FETCH_BYTES_MAX,
        fetch_min_bytes=_FETCH_BYTES_MIN,
        fetch_max_wait_ms=_FETCH_WAIT_MS_MAX,
    )
    try:
        with translated():
            await client.start()
            client.assign(places)
            for place, end in (await client.end_offsets(places)).items():
                client.seek(place, end)
        yield Observer(client, places, watch)
    finally:
        await client.stop()
