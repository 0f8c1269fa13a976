"""The relay: the ledger is the outbox. What is committed goes to the output topic in `seq` order, contiguous.

After a failed or unknown publish nothing more is sent from memory: it resumes from the ledger. Copies are possible, a
gap never.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Protocol

from services.linker.position import Published
from services.runtime.memory import digest
from services.runtime.publish import Message
from services.runtime.publish import Published as Acknowledged


class Outbox(Protocol):
    """Where committed rows are read back from."""

    async def rows_after(self, partition: int, seq: int) -> list[tuple[int, Message]]: ...

    async def values(self, partition: int, seqs: Sequence[int]) -> Mapping[int, bytes]: ...


class Publisher(Protocol):
    """Publishes in order; throws its buffers away at the first failure."""

    def publish(self, topic: str, partition: int, messages: Sequence[Message]) -> AsyncIterator[Acknowledged]: ...


class Relay:
    """The relay of one partition. `published` is the last row that is surely in the output topic."""

    def __init__(self, outbox: Outbox, publisher: Publisher, *, topic: str, partition: int) -> None:
        self._outbox = outbox
        self._publisher = publisher
        self._topic = topic
        self._partition = partition
        self.published = Published(0)

    async def send(self, first_seq: int, messages: Sequence[Message]) -> None:
        """Publish rows just committed, of which the first has `first_seq`; anything older that is missing goes first.

        Raises Transient; `catch_up` then resumes.
        """
        if first_seq != self.published.seq + 1:
            await self.catch_up()
            return
        async for acknowledged in self._publisher.publish(self._topic, self._partition, messages):
            last = messages[acknowledged.done - 1]
            self._mark(first_seq + acknowledged.done - 1, acknowledged.last_offset, last)

    async def catch_up(self) -> int:
        """Publish every committed row after `published`, and return how many. Raises Transient."""
        count = 0
        while rows := await self._outbox.rows_after(self._partition, self.published.seq):
            messages = [message for _, message in rows]
            async for acknowledged in self._publisher.publish(self._topic, self._partition, messages):
                seq, last = rows[acknowledged.done - 1]
                self._mark(seq, acknowledged.last_offset, last)
            count += len(rows)
        return count

    def _mark(self, seq: int, offset: int, message: Message) -> None:
        self.published = Published(seq, offset, digest(message.value or b""))
