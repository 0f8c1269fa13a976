"""Taking a partition over: does the log still say what the position row remembers? Stops, with the cause, if not.

It never resets: going on from a log that moved could lose or double letters, and only a person can tell which.
"""

from services.notifier.intake import digest
from services.notifier.position import Position
from services.runtime.faults import Halt
from services.runtime.read import PartitionReader


async def check_transactions(reader: PartitionReader, position: Position) -> None:
    """Compare the log with the position row. Raises Halt naming what differs; leaves the reader at the position."""
    bounds = await reader.bounds()
    about = f"{reader.place.topic} partition {position.partition}"
    if bounds.end < position.next_offset:
        raise Halt(
            f"{about} ends at offset {bounds.end}, before the remembered {position.next_offset}: "
            "was the topic made again?"
        )
    if bounds.start > position.next_offset:
        raise Halt(
            f"{about} starts at offset {bounds.start}, after the next one to read, {position.next_offset}: "
            "transactions were deleted unread"
        )
    if position.last_digest is not None and bounds.start < position.next_offset:
        await _compare(reader, position.next_offset - 1, position.last_digest)
    reader.seek(position.next_offset)


async def _compare(reader: PartitionReader, offset: int, remembered: bytes) -> None:
    reader.seek(offset)
    async for records in reader.until(offset + 1):
        if records[0].offset == offset and digest(records[0].value) == remembered:
            return
        break
    raise Halt(
        f"{reader.place.topic} partition {reader.place.partition}: the record at offset {offset} is not the one "
        "remembered: was the topic made again and refilled?"
    )
