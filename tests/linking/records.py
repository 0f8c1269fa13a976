"""Records as the broker would hand them over, for tests that need no broker."""

from dataclasses import dataclass

from services.contract.ids import partition_of
from services.runtime.publish import Message


@dataclass
class FakeRecord:
    """What `services.runtime.read.Record` asks of a record."""

    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]
    topic: str = "link-requests-v1"
    timestamp: int = 0


def record(message: Message, *, partition_count: int, offset: int = 0) -> FakeRecord:
    """Return a message as a record in the partition of its key."""
    partition = partition_of(message.key, partition_count)
    return FakeRecord(partition, offset, message.key, message.value, tuple(message.headers))
