"""Taking a partition over, step 3: does the log still say what the position row remembers? Stops, with the cause, if
not.

It never resets: going on from a log that moved could lose or double links, and only a person can tell which.
"""

import orjson

from services.linker.chain import digest
from services.linker.position import Position, Published
from services.linker.relay import Outbox
from services.runtime.faults import Halt
from services.runtime.read import PartitionReader, Record


async def check_requests(reader: PartitionReader, position: Position) -> None:
    """Compare the request log with the position row. Raises Halt naming what differs; leaves the reader at the
    position.
    """
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
            "requests were deleted unread"
        )
    if position.last_digest is not None and bounds.start < position.next_offset:
        await _compare(reader, position.next_offset - 1, position.last_digest)
    reader.seek(position.next_offset)


async def find_published(reader: PartitionReader, position: Position, outbox: Outbox) -> Published:
    """Return the highest ledger row that the output topic holds. Raises Halt where the topic says what the ledger
    does not.
    """
    bounds = await reader.bounds()
    about = f"{reader.place.topic} partition {position.partition}"
    found = position.published
    if found.offset is not None and bounds.end <= found.offset:
        raise Halt(f"{about} ends at offset {bounds.end}, before the published {found.offset}: was the topic emptied?")
    if found.offset is not None and bounds.start > found.offset:
        raise Halt(
            f"{about} starts at offset {bounds.start}, after the published {found.offset}: was the topic emptied?"
        )
    if found.offset is not None and found.digest is not None:
        await _compare(reader, found.offset, found.digest)
    reader.seek(max(bounds.start, 0 if found.offset is None else found.offset + 1))
    async for records in reader.until(bounds.end):
        found = await _followed(records, found, outbox)
    return found


async def _followed(records: list[Record], found: Published, outbox: Outbox) -> Published:
    seqs = {record.offset: _seq(record) for record in records}
    values = await outbox.values(records[0].partition, list(seqs.values()))
    for record in records:
        seq = seqs[record.offset]
        if values.get(seq) != record.value:
            raise Halt(
                f"{record.topic} partition {record.partition} offset {record.offset} holds row {seq}, which the ledger "
                "does not have so: was the database restored to an earlier state?"
            )
        if seq > found.seq + 1:
            raise Halt(f"{record.topic} partition {record.partition} jumps from row {found.seq} to row {seq}")
        if seq == found.seq + 1:
            found = Published(seq, record.offset, digest(record.value or b""))
    return found


async def _compare(reader: PartitionReader, offset: int, remembered: bytes) -> None:
    reader.seek(offset)
    async for records in reader.until(offset + 1):
        if records[0].offset == offset and digest(records[0].value or b"") == remembered:
            return
        break
    raise Halt(
        f"{reader.place.topic} partition {reader.place.partition}: the record at offset {offset} is not the one "
        "remembered: was the topic made again and refilled?"
    )


def _seq(record: Record) -> int:
    try:
        seq: int = orjson.loads(record.value or b"")["seq"]
    except (ValueError, TypeError, KeyError) as error:
        raise Halt(
            f"{record.topic} partition {record.partition} offset {record.offset} is not a transaction of this ledger"
        ) from error
    return seq
