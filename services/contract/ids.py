"""Ids and keys: how a request, a transaction and a partition are named.

Every id that an event causes is derived from that event, so that a replay makes the same one. No clock, no I/O.
"""

from typing import Final
from uuid import UUID, uuid5

import murmurhash2

FIRST_TRANSACTION_ID: Final = 10_001
_KAFKA_MURMUR_SEED: Final = 0x9747B28C
_DELIVERIES: Final = UUID("6d0b2c0e-6f8e-5c57-9a35-6563666c6e6b")  # a namespace of our own, for ever


def link_key(court_id: str, pacer_account: str) -> bytes:
    """Return the record key of all that concerns one PACER account in one court: `UTBK:1234567`."""
    return f"{court_id}:{pacer_account}".encode()


def partition_of(key: bytes, partition_count: int) -> int:
    """Return the partition that Kafka's default partitioner (murmur2) gives a key, so that any client agrees."""
    return (murmurhash2.murmurhash2(key, _KAFKA_MURMUR_SEED) & 0x7FFFFFFF) % partition_count


def transaction_id(*, partition: int, seq: int, partition_count: int) -> int:
    """Return the transaction id (a positive integer) of row `seq` (1 is the first) of a partition's ledger.

    Partitions take turns, so the ids of one deployment never meet as long as its number of partitions stands.
    """
    return FIRST_TRANSACTION_ID + (seq - 1) * partition_count + partition


def ledger_place(number: int, *, partition_count: int) -> tuple[int, int]:
    """Return (partition, seq) of a transaction id: the inverse of `transaction_id`. Raises ValueError below the
    first.
    """
    if number < FIRST_TRANSACTION_ID:
        message = f"{number} is not a transaction id: the first one is {FIRST_TRANSACTION_ID}"
        raise ValueError(message)
    turns, partition = divmod(number - FIRST_TRANSACTION_ID, partition_count)
    return partition, turns + 1


def delivery_id(number: int, letter: str) -> UUID:
    """Return the id of the delivery of one letter about a transaction."""
    return uuid5(_DELIVERIES, f"{number}:{letter}")


def notice_delivery_id(notice_id: UUID) -> UUID:
    """Return the id of the delivery of a notice's letter."""
    return uuid5(_DELIVERIES, f"notice:{notice_id}")
