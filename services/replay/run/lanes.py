"""Hands records to Kafka's client, a lane for each partition, and never waits: order per partition is kept.

A record joins the batch that still waits in the client, as with the client's own `send`, but costs a tenth of it: no
future, no coroutine for each record.
"""

import asyncio
from typing import Any, Final

from aiokafka import AIOKafkaProducer, TopicPartition

from services.replay.plan.spooled import Ready
from services.replay.run.pacing import Watch
from services.replay.run.sent import Sent
from services.runtime.faults import Transient
from services.runtime.kafka import producer, translated
from services.runtime.settings import KafkaSettings

RENEW_PAUSE_S: Final = 1.0
# Key and headers, about: the bound on memory need not be exact.
_RECORD_BYTES: Final = 512

Lane = tuple[str, int]
"""Topic without its prefix, and partition."""


class _Batch:
    """A batch, the client that holds it, the worker's positions of its records, and about how many bytes they are."""

    __slots__ = ("builder", "bytes", "client", "held", "positions")

    def __init__(self, client: AIOKafkaProducer, held: Any, builder: Any) -> None:  # noqa: ANN401 - aiokafka carries no types
        self.client = client
        self.held = held
        self.builder = builder
        self.positions: list[int] = []
        self.bytes = 0


class Lanes:
    """All partitions of one worker. `start` it; `close` drops what is not acknowledged by then."""

    def __init__(self, settings: KafkaSettings, sent: Sent, watch: Watch, *, buffer_bytes_max: int) -> None:
        self._watch = watch
        self._settings = settings
        self._sent = sent
        self._buffer_bytes_max = buffer_bytes_max
        self._buffered_bytes = 0
        self._clients: list[AIOKafkaProducer] = []
        self._client_of: dict[Lane, AIOKafkaProducer] = {}
        self._open: dict[Lane, _Batch] = {}
        self._broken: set[Lane] = set()
        self._renewing: asyncio.Task[None] | None = None
        self.trouble = ""

    async def start(self, topics: set[str]) -> None:
        """Connect, and learn who leads which partition of these topics. Raises Transient where no broker answers."""
        await self._connect()
        client = self._clients[0].client
        with translated():
            for topic in topics:
                await client._wait_on_metadata(self._settings.topic_prefix + topic)  # noqa: SLF001 - there is no public way to do it beforehand
            for broker in client.cluster.brokers():
                await client.ready(broker.nodeId)

    async def close(self) -> None:
        """End the clients. What is not acknowledged is not sent any more; whether it is in the log is unknown."""
        if self._renewing is not None:
            self._renewing.cancel()
            await asyncio.gather(self._renewing, return_exceptions=True)
        for client in self._clients:
            await client._sender.close()  # noqa: SLF001 - aiokafka has no public way to stop without a flush
            await client.client.close()
            client._closed = True  # noqa: SLF001 - so that its destructor does not complain

    @property
    def full(self) -> bool:
        """Whether the client holds as much as it may: records that are due must wait, and are late."""
        return self._buffered_bytes >= self._buffer_bytes_max

    def hand(self, position: int, record: Ready) -> None:
        """Put a record into the batch of its partition."""
        lane = record[1], record[2]
        batch = self._open.get(lane)
        # A batch that the client has taken out to send is closed for us, even before its bytes are made.
        if batch is None or batch.held._drain_waiter.done() or not _append(batch.builder, record):  # noqa: SLF001
            begun = self._begin(lane, record)
            if begun is None:
                self._sent.fail(1)
                self.trouble = f"record {record[0]} of the timeline is larger than a batch may be"
                return
            batch = begun
        size = len(record[5] or b"") + _RECORD_BYTES
        batch.bytes += size
        self._buffered_bytes += size
        batch.positions.append(position)

    def _begin(self, lane: Lane, record: Ready) -> _Batch | None:
        client = self._client(lane)
        builder = client.create_batch()
        if not _append(builder, record):
            return None
        accumulator = client._message_accumulator  # noqa: SLF001 - `send_batch` waits for the batch before
        held = accumulator._append_batch(builder, TopicPartition(self._settings.topic_prefix + lane[0], lane[1]))  # noqa: SLF001
        batch = self._open[lane] = _Batch(client, held, builder)
        held.future.add_done_callback(lambda future: self._done(lane, batch, future))
        return batch

    def _client(self, lane: Lane) -> AIOKafkaProducer:
        return self._client_of.get(lane, self._clients[0])

    def _done(self, lane: Lane, batch: _Batch, future: "asyncio.Future[Any]") -> None:
        self._buffered_bytes -= batch.bytes
        if future.cancelled():
            return
        trouble = future.exception()
        if trouble is None:
            self._sent.acknowledge(batch.positions, future.result().offset, self._watch.now_s())
            return
        self._sent.fail(len(batch.positions))
        self.trouble = f"{lane[0]} partition {lane[1]}: {trouble!r}"
        if batch.client is not self._client(lane):
            return  # it fell with the one that broke the lane, which has a new client since: that one is whole
        # The client counts on: what it sends to this partition now would be refused for the gap.
        self._broken.add(lane)
        if self._renewing is None or self._renewing.done():
            self._renewing = asyncio.create_task(self._renew())

    async def _renew(self) -> None:
        """Give the partitions that failed a new client. Until it is there, what is handed over for them fails too."""
        client = None
        while client is None:
            try:
                client = await self._connect()
            except Transient:
                await asyncio.sleep(RENEW_PAUSE_S)
        for lane in self._broken:
            self._client_of[lane] = client
            self._open.pop(lane, None)
        self._broken.clear()

    async def _connect(self) -> AIOKafkaProducer:
        client = producer(self._settings)
        try:
            with translated():
                await client.start()
        except BaseException:
            await client.stop()
            raise
        self._clients.append(client)
        return client


def _append(builder: Any, record: Ready) -> bool:  # noqa: ANN401 - aiokafka carries no types
    _, _, _, timestamp_ms, key, value, headers = record
    return builder.append(timestamp=timestamp_ms, key=key, value=value, headers=headers) is not None
