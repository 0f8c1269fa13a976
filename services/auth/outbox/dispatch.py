"""Sending messages of one topic to the partitions of their keys: in the order given per partition, without a gap."""

from collections.abc import AsyncIterator, Sequence
from typing import NamedTuple

from services.contract.ids import partition_of
from services.contract.topics import Topic
from services.runtime.faults import Permanent, Transient
from services.runtime.publish import Message, OrderedPublisher
from services.runtime.settings import KafkaSettings
from services.runtime.topology import partition_count


class Sent(NamedTuple):
    """What became of messages, by their index among those given. `refused` says why the broker never takes them."""

    indexes: list[int]
    refused: str | None = None


class Dispatch:
    """Publishes to one topic. Close it when done."""

    def __init__(self, settings: KafkaSettings, topic: Topic) -> None:
        self._settings = settings
        self._topic = topic
        self._name = topic.named(settings.topic_prefix)
        self._publisher = OrderedPublisher(settings)
        self._partition_count = 0
        self._failed: set[int] = set()

    async def send(self, messages: Sequence[Message]) -> AsyncIterator[Sent]:
        """Yield as messages are acknowledged or refused. Raises Transient at the first of unknown fate.

        A partition that failed last time comes last, so that one without a leader does not keep the others waiting.
        """
        shares = await self._shared_out(messages)
        for partition in sorted(shares, key=lambda number: (number in self._failed, number)):
            self._failed.add(partition)
            async for sent in self._send(partition, messages, shares[partition]):
                yield sent
            self._failed.discard(partition)

    async def _shared_out(self, messages: Sequence[Message]) -> dict[int, list[int]]:
        if not self._partition_count:
            self._partition_count = await partition_count(self._settings, self._topic)
            if not self._partition_count:
                raise Transient(f"topic {self._name} does not exist: run `ecflink topics`")
        shares: dict[int, list[int]] = {}
        for index, message in enumerate(messages):
            shares.setdefault(partition_of(message.key, self._partition_count), []).append(index)
        return shares

    async def _send(self, partition: int, messages: Sequence[Message], indexes: list[int]) -> AsyncIterator[Sent]:
        done = 0
        try:
            chosen = [messages[index] for index in indexes]
            async for published in self._publisher.publish(self._name, partition, chosen):
                yield Sent(indexes[done : published.done])
                done = published.done
        except Permanent as refusal:
            # The batch was refused: find the message that is to blame by sending one at a time, still in order.
            rest = indexes[done:]
            if len(rest) == 1:
                yield Sent(rest, str(refusal))
                return
            for index in rest:
                async for sent in self._send(partition, messages, [index]):
                    yield sent

    async def close(self) -> None:
        """Throw the producer away."""
        await self._publisher.close()
