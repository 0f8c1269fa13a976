"""Sharing partitions among processes: a consumer group hands them out, one worker runs for each that is ours.

The group's consumer never fetches (its partitions are paused at once): it is there for the assignment and for the
offsets
that lag tools read. Safety does not rest on it: two processes that both believe they own a partition are told apart
by the
epoch in Postgres.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import Final, NamedTuple

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError

from services.runtime.health import Health
from services.runtime.kafka import consumer, translated
from services.runtime.log import log
from services.runtime.patience import Patience
from services.runtime.settings import KafkaSettings
from services.runtime.unbroken import unbroken

SESSION_TIMEOUT_MS: Final = 10_000
HEARTBEAT_MS: Final = 2_000
_POLL_MS: Final = 1_000
_TELL_S: Final = 2.0
GROUP_PART: Final = "group"

Worker = Callable[[int], Awaitable[None]]


class Group(NamedTuple):
    """A consumer group on one topic. `instance` makes the membership static: a restart within the session keeps its
    share.
    """

    name: str
    topic: str
    instance: str | None = None


class Membership(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka carries no types
    """Runs `worker(partition)` for every partition assigned, and cancels it when the partition goes elsewhere."""

    def __init__(self, settings: KafkaSettings, group: Group, worker: Worker, health: Health) -> None:
        self._settings = settings
        self._group = group
        self._worker = worker
        self._health = health
        self._client: AIOKafkaConsumer | None = None
        self._tasks: asyncio.TaskGroup | None = None
        self._running: dict[int, asyncio.Task[None]] = {}
        self._told: dict[int, tuple[float, int]] = {}

    async def run(self) -> None:
        """Be a member until cancelled. Raises what a worker raised, in a group."""
        self._client = client = await Patience(self._health, GROUP_PART)(self._start)
        self._health.waiting(GROUP_PART, "joining")
        try:
            async with asyncio.TaskGroup() as self._tasks:
                client.subscribe([self._group.topic], listener=self)
                while True:
                    with translated():
                        await client.getmany(timeout_ms=_POLL_MS, max_records=1)
                    self._health.beat(GROUP_PART)
        finally:
            await client.stop()

    async def _start(self) -> AIOKafkaConsumer:
        client = consumer(
            self._settings,
            group_id=self._group.name,
            group_instance_id=self._group.instance,
            session_timeout_ms=SESSION_TIMEOUT_MS,
            heartbeat_interval_ms=HEARTBEAT_MS,
        )
        with translated():
            try:
                await client.start()
            except BaseException:
                await client.stop()
                raise
        return client

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Stop the workers of partitions that go elsewhere, before the group goes on."""
        tasks = [self._running.pop(place.partition) for place in revoked if place.partition in self._running]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Start a worker for each partition that is ours now."""
        assert self._client is not None
        assert self._tasks is not None
        for place in assigned:
            # Between seek and pause nothing is awaited, so this consumer never fetches; the worker has its own reader.
            self._client.seek(place, 0)
            self._client.pause(place)
            self._running[place.partition] = self._tasks.create_task(unbroken(partial(self._worker, place.partition)))
        await asyncio.sleep(0)  # each worker first says that it is not ready
        self._health.ready(GROUP_PART)

    async def reached(self, partition: int, next_offset: int) -> None:
        """Tell the group now and then how far a partition is, for lag tools only; a failure is not worth a stop."""
        assert self._client is not None
        at, told = self._told.get(partition, (0.0, -1))
        if next_offset == told or time.monotonic() - at < _TELL_S:
            return
        self._told[partition] = (time.monotonic(), next_offset)
        try:
            await self._client.commit({TopicPartition(self._group.topic, partition): next_offset})
        except (KafkaError, CommitFailedError, IllegalStateError) as error:
            log.info("group.commit-skipped", partition=partition, cause=repr(error))
