"""A row of the outbox: the exact bytes of one record, committed in the transaction of what it tells of."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson

from services.auth.insertions import Insertion, Shape
from services.auth.insertions import insert as insert_rows
from services.contract.envelope import Headers
from services.contract.topics import Topic
from services.runtime.database import Connection
from services.runtime.publish import Message

_SHAPE: Final = Shape(
    "auth.outbox (topic, key, headers, value, request_id, proof_key_id)",
    ("text", "bytea", "bytea", "bytea", "uuid", "text"),
)

_WAITING: Final = """
SELECT id, key, headers, value FROM auth.outbox
 WHERE topic = $1 AND published_at IS NULL AND parked_at IS NULL ORDER BY id LIMIT $2"""

# A request's row stays, marked, until its transaction comes back; any other row has done its work.
_ACKNOWLEDGE: Final = """
WITH done AS (DELETE FROM auth.outbox WHERE id = ANY($1::bigint[]) AND request_id IS NULL)
UPDATE auth.outbox SET published_at = now() WHERE id = ANY($1::bigint[]) AND request_id IS NOT NULL"""
_PARK: Final = "UPDATE auth.outbox SET parked_at = now(), parked_reason = left($2, 500) WHERE id = $1"
_COUNT: Final = """
SELECT count(*) FROM auth.outbox WHERE topic = $1 AND published_at IS NULL AND parked_at IS NULL"""

_REPUBLISH: Final = """
UPDATE auth.outbox SET published_at = NULL, parked_at = NULL, parked_reason = NULL
 WHERE request_id IS NOT NULL AND (published_at IS NOT NULL OR parked_at IS NOT NULL)
   AND ($1::uuid IS NULL OR request_id = $1)
RETURNING request_id"""


class Row(NamedTuple):
    """One record to be. `request_id` and `proof_key_id` are given for link requests alone."""

    topic: Topic
    key: bytes
    headers: Headers
    value: bytes
    request_id: UUID | None = None
    proof_key_id: str | None = None


class Waiting(NamedTuple):
    """A committed row that waits to be published."""

    row_id: int
    message: Message


async def insert(connection: Connection, row: Row) -> None:
    """Insert a row inside the caller's transaction. Wake the relay after the commit."""
    await insert_rows(connection, insertion(row))


def insertion(row: Row) -> Insertion:
    """Return a row as it is inserted, beside those of other tables. Wake the relay after the commit."""
    headers = orjson.dumps([[name, value.decode("ascii")] for name, value in row.headers])
    return Insertion(_SHAPE, (row.topic.name, row.key, headers, row.value, row.request_id, row.proof_key_id))


async def waiting(connection: Connection, topic: Topic, count_max: int) -> list[Waiting]:
    """Return the oldest rows of a topic that wait, in id order."""
    return [_read(row) for row in await connection.fetch(_WAITING, topic.name, count_max)]


async def count_waiting(connection: Connection, topic: Topic) -> int:
    """Return how many rows of a topic wait."""
    count: int = await connection.fetchval(_COUNT, topic.name)
    return count


async def acknowledge(connection: Connection, row_ids: Sequence[int]) -> None:
    """Mark or delete rows that are in the log."""
    await connection.execute(_ACKNOWLEDGE, row_ids)


async def park(connection: Connection, row_id: int, reason: str) -> None:
    """Set a row aside that the broker refuses for itself."""
    await connection.execute(_PARK, row_id, reason)


async def republish(connection: Connection, request_id: UUID | None = None) -> list[UUID]:
    """Let the relay send unanswered requests again, same id and same bytes: all, or one. Returns their ids."""
    return [row["request_id"] for row in await connection.fetch(_REPUBLISH, request_id)]


def _read(row: Mapping[str, Any]) -> Waiting:
    headers = [(name, value.encode("ascii")) for name, value in orjson.loads(row["headers"])]
    return Waiting(row["id"], Message(row["key"], row["value"], headers))
