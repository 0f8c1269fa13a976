"""The outbox of one partition: delivery events go to mail-deliveries-v1 in order of number, then are forgotten.

Copies are possible (an acknowledgement may be lost), gaps never: the next batch waits for the last.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Final, Protocol

from services.notifier.meters import Meters
from services.runtime.patience import Patience
from services.runtime.publish import Message, Published

EVENT_COUNT_MAX: Final = 2_000
# Nobody waits for an event as for a page: a short gathering makes few, large batches.
GATHER_S: Final = 0.2
FINISH_S_MAX: Final = 3.0


class Events(Protocol):
    """Where events wait to be published."""

    async def events(self, partition: int, count_max: int) -> list[tuple[int, Message]]: ...

    async def forget_events(self, partition: int, number: int) -> None: ...


class Publisher(Protocol):
    """Publishes in order; throws its buffers away at the first failure. All partitions share it."""

    def publish(self, topic: str, partition: int, messages: Sequence[Message]) -> AsyncIterator[Published]: ...


class Outbox:
    """Publishes a partition's events whenever `wake` is called."""

    def __init__(self, events: Events, publisher: Publisher, *, topic: str, partition: int) -> None:
        self._events = events
        self._publisher = publisher
        self._topic = topic
        self._partition = partition
        self._waiting = asyncio.Event()
        self._waiting.set()  # a former owner may have left some

    def wake(self) -> None:
        """Say that there are events."""
        self._waiting.set()

    async def run(self, patiently: Patience, meters: Meters) -> None:
        """Publish until cancelled; then what is being published is finished."""
        draining: asyncio.Task[None] | None = None
        try:
            while True:
                await self._waiting.wait()
                self._waiting.clear()
                draining = asyncio.create_task(self._drain(patiently, meters))
                await asyncio.shield(draining)
                await asyncio.sleep(GATHER_S)
        finally:
            if draining is not None:
                await asyncio.wait({draining}, timeout=FINISH_S_MAX)
                draining.cancel()
                await asyncio.gather(draining, return_exceptions=True)

    async def _drain(self, patiently: Patience, meters: Meters) -> None:
        count = EVENT_COUNT_MAX
        while count == EVENT_COUNT_MAX:
            count = await patiently(self._publish)
            meters.events.inc(count)

    async def _publish(self) -> int:
        waiting = await self._events.events(self._partition, EVENT_COUNT_MAX)
        messages = [message for _, message in waiting]
        async for published in self._publisher.publish(self._topic, self._partition, messages):
            await self._events.forget_events(self._partition, waiting[published.done - 1][0])
        return len(waiting)
