"""What an operator can do about a dead letter of the linker: redrive it, close it; or release an offset that blocks.

Runs with the linker's database role. A redrive is a new record; the old row stays, marked.
"""

from base64 import b64decode
from collections.abc import Mapping
from typing import Any, Final

import orjson

from services.contract.envelope import REDRIVE_OF, Headers
from services.contract.ids import partition_of
from services.runtime.database import connecting
from services.runtime.publish import Message, OrderedPublisher
from services.runtime.settings import DatabaseSettings, KafkaSettings

Place = tuple[str, int, int]

_LETTER: Final = """
SELECT key, headers, value, closed_at FROM linker.dead_letters WHERE topic = $1 AND partition = $2 AND "offset" = $3"""
_MARK: Final = """
UPDATE linker.dead_letters SET redriven_at = now(), redriven_by = $4
 WHERE topic = $1 AND partition = $2 AND "offset" = $3"""
_CLOSE: Final = """
UPDATE linker.dead_letters SET closed_at = now(), detail = detail || ' (closed by ' || $4 || ')'
 WHERE topic = $1 AND partition = $2 AND "offset" = $3 AND closed_at IS NULL RETURNING kind"""
_RELEASE: Final = """
INSERT INTO linker.releases (topic, partition, "offset", ordered_by) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING"""
_POSITION: Final = "SELECT next_offset FROM linker.position WHERE partition = $1"
_PARTITION_COUNT: Final = "SELECT max(partition_count) FROM linker.position"


class RedriveSettings(DatabaseSettings, KafkaSettings):
    """Settings of `ecflink dead redrive|close|release`: Kafka, and the database as ecflink_linker."""


class NotRedriven(Exception):
    """The order cannot be taken; the message says why."""


async def redrive(settings: RedriveSettings, place: Place, *, by: str) -> str:
    """Publish a dead letter again and return what was done. Raises NotRedriven, or Transient: then order it again."""
    async with connecting(settings) as connection:
        letter = await connection.fetchrow(_LETTER, *place)
        if letter is None:
            raise NotRedriven(f"the linker has no dead letter at {_told(place)}: see `ecflink dead list`")
        if letter["closed_at"] is not None:
            raise NotRedriven(f"the dead letter at {_told(place)} is closed")
        if not letter["key"] or letter["value"] is None:
            raise NotRedriven("a record without key or value can never be a request: close it")
        # Marked first: the linker closes the row when it takes the new record, and looks for the mark then.
        await connection.execute(_MARK, *place, by)
        partition = partition_of(letter["key"], await connection.fetchval(_PARTITION_COUNT))
    offset = await _publish(settings, (place[0], partition), _message(letter, place))
    return f"published again at {place[0]} {partition} {offset}; the dead letter closes when the linker has decided it"


async def close(settings: RedriveSettings, place: Place, *, by: str) -> str:
    """Close a dead letter for good and return what was done. Raises NotRedriven."""
    async with connecting(settings) as connection:
        if await connection.fetchval(_CLOSE, *place, by) is None:
            raise NotRedriven(f"the linker has no open dead letter at {_told(place)}")
    return f"closed {_told(place)}"


async def release(settings: RedriveSettings, place: Place, *, by: str) -> str:
    """Let an offset go that the linker waits at, and return what was done. Raises NotRedriven."""
    async with connecting(settings) as connection:
        position = await connection.fetchval(_POSITION, place[1])
        if position is None:
            raise NotRedriven(f"the linker has no partition {place[1]}")
        if place[2] < position:
            raise NotRedriven(
                f"the linker stands at offset {position} of partition {place[1]}: that offset is behind it"
            )
        await connection.execute(_RELEASE, *place, by)
    return f"released {_told(place)}: should its proof key still be missing, it becomes a dead letter"


def _message(letter: Mapping[str, Any], place: Place) -> Message:
    headers: Headers = [
        (name, b64decode(text or "")) for name, text in orjson.loads(letter["headers"]) if name != REDRIVE_OF
    ]
    return Message(letter["key"], letter["value"], [*headers, (REDRIVE_OF, "/".join(map(str, place)).encode())])


async def _publish(settings: KafkaSettings, target: tuple[str, int], message: Message) -> int:
    publisher = OrderedPublisher(settings)
    offset = -1
    try:
        async for published in publisher.publish(*target, [message]):
            offset = published.last_offset
    finally:
        await publisher.close()
    return offset


def _told(place: Place) -> str:
    return " ".join(map(str, place))
