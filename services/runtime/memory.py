"""What a position row remembers of a log, held against the log: a reader never goes on from a log that moved.

Going on could lose or double work, and only a person can tell which; so it stops and names the cause.
"""

import hashlib

from services.runtime.faults import Halt
from services.runtime.read import PartitionReader


def digest(value: bytes | None) -> bytes:
    """Return SHA-256 of a record's value, 32 bytes: to know the record again. No value counts as an empty one."""
    return hashlib.sha256(value or b"").digest()


async def stand_where_remembered(reader: PartitionReader, next_offset: int, last_digest: bytes | None) -> None:
    """Leave the reader at `next_offset`, after comparing the record before it with the digest remembered of it.

    Raises Halt naming what differs: the log is shorter, starts later, or holds another record there.
    """
    bounds = await reader.bounds()
    about = f"{reader.place.topic} partition {reader.place.partition}"
    if bounds.end < next_offset:
        raise Halt(
            f"{about} ends at offset {bounds.end}, before the remembered {next_offset}: was the topic made again?"
        )
    if bounds.start > next_offset:
        raise Halt(
            f"{about} starts at offset {bounds.start}, after the next one to read, {next_offset}: "
            "records were deleted unread"
        )
    if last_digest is not None and bounds.start < next_offset:
        await compare(reader, next_offset - 1, last_digest)
    reader.seek(next_offset)


async def compare(reader: PartitionReader, offset: int, remembered: bytes) -> None:
    """Raise Halt where the record at an offset is not the one remembered."""
    reader.seek(offset)
    async for records in reader.until(offset + 1):
        if records[0].offset == offset and digest(records[0].value) == remembered:
            return
        break
    raise Halt(
        f"{reader.place.topic} partition {reader.place.partition}: the record at offset {offset} is not the one "
        "remembered: was the topic made again and refilled?"
    )
