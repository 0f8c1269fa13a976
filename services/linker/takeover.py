"""Taking a partition over: what does the output topic hold of the ledger? Stops, with the cause, where the two differ.

It never resets: going on could lose or double links, and only a person can tell which.
"""

import orjson

from services.linker.position import Position, Published
from services.linker.relay import Outbox
from services.runtime.faults import Halt
from services.runtime.memory import compare, digest
from services.runtime.read import PartitionReader, Record


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
        await compare(reader, found.offset, found.digest)
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


def _seq(record: Record) -> int:
    try:
        seq: int = orjson.loads(record.value or b"")["seq"]
    except (ValueError, TypeError, KeyError) as error:
        raise Halt(
            f"{record.topic} partition {record.partition} offset {record.offset} is not a transaction of this ledger"
        ) from error
    return seq
