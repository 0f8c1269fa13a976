"""Publishing to a partition in order, without a gap: the next batch goes only when the last is acknowledged.

aiokafka can fail an expired batch and send the next one, even with idempotence on; so after any failure the producer is
used no more, and the caller resumes from what its database holds.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from itertools import chain
from typing import Any, Final, NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.errors import ProducerClosed

from services.contract.envelope import Headers
from services.runtime.faults import Permanent
from services.runtime.kafka import producer, translated
from services.runtime.settings import KafkaSettings
from services.runtime.unbroken import to_the_end

BATCH_COUNT_MAX: Final = 5_000


class Message(NamedTuple):
    """What is published: the exact bytes."""

    key: bytes
    value: bytes | None
    headers: Headers


class Published(NamedTuple):
    """One acknowledged batch: how many of the messages given are in the log by now, and the offset of the last one."""

    done: int
    last_offset: int


class OrderedPublisher:
    """Publishes in the caller's order. Close it when done.

    Several partitions may be published to at the same time, but each by one caller: what they send meanwhile shares a
    connection and its requests, and the failure of one leaves what the others have under way alone.
    """

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._opening = asyncio.Lock()
        self._line: _Line | None = None

    async def publish(self, topic: str, partition: int, messages: Sequence[Message]) -> AsyncIterator[Published]:
        """Send messages to a partition and yield after each acknowledged batch.

        Raises Transient on the first failed or unknown batch (nothing after it was sent, copies of it may be in the
        log), Permanent where the broker refuses the batch for its size.
        """
        done = 0
        while done < len(messages):
            with translated():
                count, last_offset = await self._send((topic, partition), messages[done:])
            done += count
            yield Published(done, last_offset)

    async def _send(self, place: tuple[str, int], messages: Sequence[Message]) -> tuple[int, int]:
        line = await self._open()
        line.users += 1
        try:
            return await _send(line.client, place, messages)
        except Exception:
            self._retire(line)
            raise
        except BaseException:
            # The batch may still lie in the buffers of a caller who is gone: it must not be sent later.
            self._retire(line)
            await line.abandon()
            raise
        finally:
            line.users -= 1
            if line.retired and not line.users:
                await line.abandon()

    async def _open(self) -> "_Line":
        async with self._opening:
            if self._line is None:
                line = _Line(producer(self._settings))
                try:
                    await line.client.start()
                except BaseException:
                    await line.abandon()
                    raise
                self._line = line
            return self._line

    def _retire(self, line: "_Line") -> None:
        line.retired = True
        if self._line is line:
            self._line = None

    async def close(self) -> None:
        """Throw the producer and its buffers away; the next publish makes a new one."""
        line = self._line
        if line is not None:
            self._retire(line)
            await line.abandon()


class _Line:
    """A producer, how many are waiting for it, and whether others may still begin to."""

    def __init__(self, client: AIOKafkaProducer) -> None:
        self.client = client
        self.users = 0
        self.retired = False
        self._abandoning: asyncio.Task[None] | None = None

    async def abandon(self) -> None:
        """Throw it away with its buffers; who waits for it is told that it failed. Nothing is on its way afterwards."""
        if self._abandoning is None:
            self._abandoning = asyncio.create_task(_abandon(self.client))
        await to_the_end(self._abandoning)


async def _abandon(client: AIOKafkaProducer) -> None:
    # stop() would first flush what is buffered: after a failure that is exactly what must not be sent.
    try:
        await client._sender.close()  # noqa: SLF001 - aiokafka has no public way to stop without a flush
    finally:
        _fail_all(client._message_accumulator)  # noqa: SLF001 - nobody else tells those who wait
        client._closed = True  # noqa: SLF001 - so that its destructor does not complain
        await client.client.close()


def _fail_all(accumulator: Any) -> None:  # noqa: ANN401 - aiokafka has no types
    batches = [*chain(*accumulator._batches.values()), *accumulator._pending_batches]  # noqa: SLF001
    accumulator.fail_all(ProducerClosed())
    for batch in batches:
        batch._drain_waiter.exception()  # noqa: SLF001 - an exception that nobody asks for is complained of


async def _send(client: AIOKafkaProducer, place: tuple[str, int], messages: Sequence[Message]) -> tuple[int, int]:
    batch = client.create_batch()
    count = 0
    for message in messages[:BATCH_COUNT_MAX]:
        # Of BATCH_BYTES_MAX at most, as the producer was made.
        if batch.append(key=message.key, value=message.value, timestamp=None, headers=message.headers) is None:
            break
        count += 1
    if count == 0:
        reason = "a record is larger than a batch may be"
        raise Permanent(reason)
    batch.close()
    sent = await client.send_batch(batch, place[0], partition=place[1])
    acknowledged = await sent
    return count, acknowledged.offset + count - 1
