"""How far each partition has been applied: moved by compare-and-set in the transaction of what was applied."""

from typing import Final, NamedTuple

from services.runtime.database import Connection
from services.runtime.faults import Transient

_READ: Final = """
INSERT INTO auth.projection (topic, partition, next_offset) VALUES ($1, $2, 0)
ON CONFLICT (topic, partition) DO UPDATE SET topic = EXCLUDED.topic
RETURNING next_offset, last_seq"""

_MOVE: Final = """
UPDATE auth.projection SET next_offset = $4, last_seq = $5
 WHERE topic = $1 AND partition = $2 AND next_offset = $3"""


class Place(NamedTuple):
    """A partition of a topic, by the topic's name in the contract."""

    topic: str
    partition: int


class Position(NamedTuple):
    """The offset to read next, and the last ledger seq applied (0 where a topic has none)."""

    next_offset: int
    last_seq: int


async def stored(connection: Connection, place: Place) -> Position:
    """Return the position of a partition; a new one starts at 0."""
    row = await connection.fetchrow(_READ, *place)
    assert row is not None
    return Position(row["next_offset"], row["last_seq"])


async def move(connection: Connection, place: Place, before: Position, after: Position) -> None:
    """Move a position inside the caller's transaction, first of all. Raises Transient when it stands elsewhere."""
    if await connection.execute(_MOVE, *place, before.next_offset, *after) != "UPDATE 1":
        raise Transient(f"the projection of {place.topic} partition {place.partition} was moved by another process")
