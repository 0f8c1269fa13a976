"""Publishing to one partition in order, without a gap: the next batch goes only when the last is acknowledged.

aiokafka can fail an expired batch and send the next one, even with idempotence on; so after any failure the producer
and
its buffers are thrown away, and the caller resumes from what its database holds.
"""

from collections.abc import AsyncIterator, Sequence
from typing import Final, NamedTuple

from aiokafka import AIOKafkaProducer

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
    """Publishes to one partition at a time in the caller's order. Close it when done."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._producer: AIOKafkaProducer | None = None

    async def publish(self, topic: str, partition: int, messages: Sequence[Message]) -> AsyncIterator[Published]:
        """Send messages to a partition and yield after each acknowledged batch.

        Raises Transient on the first failed or unknown batch (nothing after it was sent, copies of it may be in the
        log), Permanent where the broker refuses the batch for its size.
        """
        done = 0
        while done < len(messages):
            with translated():
                try:
                    client = await self._open()
                    count, last_offset = await _send(client, (topic, partition), messages[done:])
                except BaseException:
                    await self.close()
                    raise
            done += count
            yield Published(done, last_offset)

    async def _open(self) -> AIOKafkaProducer:
        if self._producer is None:
            self._producer = producer(self._settings)
            await self._producer.start()
        return self._producer

    async def close(self) -> None:
        """Throw the producer and its buffers away; the next publish makes a new one."""
        client, self._producer = self._producer, None
        if client is not None:
            await to_the_end(_abandon(client))


async def _abandon(client: AIOKafkaProducer) -> None:
    # stop() would first flush what is buffered: after a failure that is exactly what must not be sent.
    await client._sender.close()  # noqa: SLF001 - aiokafka has no public way to stop without a flush
    await client.client.close()
    client._closed = True  # noqa: SLF001 - so that its destructor does not complain


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
