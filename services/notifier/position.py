"""Where a partition's work stands, and what is written and sent of it: the data between worker, lanes and Postgres."""

from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID

from services.contract.deliveries import DeliveryState, LetterKind
from services.contract.notices import NoticeKind

# What a letter is born as: in hand and begun, in hand, or for later.
State = Literal["transmitting", "claimed", "queued"]


class Position(NamedTuple):
    """The position row of a partition: where its work stands in link-transactions-v1, and in filer-notices-v1."""

    partition: int
    partition_count: int
    epoch: int
    next_offset: int
    last_digest: bytes | None
    last_seq: int
    notice_next_offset: int = 0
    notice_digest: bytes | None = None


class Draft(NamedTuple):
    """A letter that a transaction or a notice causes, written, before it is a delivery.

    `sealed`: the message is closed with our own key, as it holds a one-time code that is good until `expires_at`.
    `replay_run`: the run of the replay that caused it.
    """

    delivery_id: UUID
    transaction_id: int | None
    request_id: UUID | None
    letter: LetterKind | NoticeKind
    recipient: str
    key: bytes
    traceparent: bytes | None
    message_id: str
    message: bytes
    notice_id: UUID | None = None
    sealed: bool = False
    expires_at: datetime | None = None
    replay_run: str | None = None


class Delivery(NamedTuple):
    """A delivery that this owner has claimed. `attempts`, `ambiguous` and `deferrals` count what was before.

    `begun`: it was born transmitting, and may be sent at once.
    """

    delivery_id: UUID
    transaction_id: int | None
    request_id: UUID | None
    letter: LetterKind | NoticeKind
    recipient: str
    key: bytes
    traceparent: bytes | None
    message: bytes
    attempts: int = 0
    ambiguous: int = 0
    deferrals: int = 0
    age_s: float = 0.0
    sealed: bool = False
    expires_at: datetime | None = None
    replay_run: str | None = None
    begun: bool = False

    @property
    def number(self) -> int:
        """The number of the attempt that comes next."""
        return self.attempts + 1


class DeadLetter(NamedTuple):
    """A record that goes to the dead letters: its place, its bytes, and why."""

    topic: str
    partition: int
    offset: int
    kind: str
    detail: str
    key: bytes | None
    headers: bytes
    value: bytes | None


class Settled(NamedTuple):
    """How an attempt ended, and what becomes of its delivery. `event` is what leaves the notifier, if anything does."""

    delivery: Delivery
    outcome: str
    reply: str
    state: str
    delay_s: float = 0.0
    event: DeliveryState | None = None


class Fenced(Exception):
    """The position row is not where this owner stands: nothing was written. `position` is what it says now."""

    def __init__(self, position: Position) -> None:
        super().__init__(f"partition {position.partition}: epoch {position.epoch}, next offset {position.next_offset}")
        self.position = position


class Superseded(Exception):
    """Another owner has this partition now: give it up until it is assigned anew."""
