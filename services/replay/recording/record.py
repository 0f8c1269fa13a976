"""One record of a topic as a recording keeps it: every byte and mark that Kafka had of it, and nothing else."""

from typing import Final, Literal, NamedTuple

TimestampType = Literal["create", "append"]

TIMESTAMP_TYPES: Final[dict[str, TimestampType]] = {"create": "create", "append": "append"}

NO_TIMESTAMP_MS: Final = -1
"""What Kafka has for a record without a time."""


class Recorded(NamedTuple):
    """One record. `headers` is a list of pairs in Kafka's order: a name may repeat, a value may be null.

    `timestamp_type` says who set the time: "create" the producer, "append" the broker.
    """

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    timestamp_type: TimestampType
    key: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]
    value: bytes | None
