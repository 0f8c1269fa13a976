"""Where a partition's work stands, and what one batch of it is: the data between worker and ledger."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from services.contract.requests import LinkRequested
from services.linker.decide import Outcome
from services.linker.intake import DeadLetter, Received
from services.runtime.publish import Message


class Position(NamedTuple):
    """The position row of a partition, in the order of its columns."""

    partition: int
    partition_count: int
    epoch: int
    next_offset: int
    last_digest: bytes | None
    next_seq: int
    last_hash: bytes
    published_seq: int
    published_offset: int | None
    published_digest: bytes | None

    @property
    def published(self) -> "Published":
        """How far the output topic surely held the ledger when the row was written."""
        return Published(self.published_seq, self.published_offset, self.published_digest)


class Published(NamedTuple):
    """A row that is surely in the output topic: its `seq` (0: none yet), and its offset and the SHA-256 of its
    value.
    """

    seq: int
    offset: int | None = None
    digest: bytes | None = None


@dataclass(frozen=True)
class Batch:
    """Records read and judged, in order, from `first_offset` up to `next_offset`. `last_digest` is of the last one's
    value; `published` is carried along into the position row.
    """

    partition: int
    epoch: int
    first_offset: int
    next_offset: int
    last_digest: bytes
    items: Sequence[Received | DeadLetter]
    published: Published


@dataclass(frozen=True)
class Committed:
    """What a batch became: messages to publish, of rows `first_seq` on, and what happened to the rest."""

    first_seq: int
    messages: list[Message]
    requests: list[LinkRequested]
    outcomes: list[Outcome]
    dead_letters: list[DeadLetter]
    duplicates: int


class Fenced(Exception):
    """The position row is not where this worker stands; nothing was committed. `position` is what it says now."""

    def __init__(self, position: Position) -> None:
        super().__init__(f"partition {position.partition}: epoch {position.epoch}, next offset {position.next_offset}")
        self.position = position


class Conflict(Exception):
    """Another partition took an account between our read and our write: read again, decide again."""
