"""From batches and what the ledger knows of them to what is to be written of each. Pure.

The batches of several partitions are decided in order, one after the other, as if alone.
"""

from collections.abc import Mapping, Sequence
from itertools import chain, islice
from typing import Any, NamedTuple
from uuid import UUID

from services.linker.decide import Link, decide
from services.linker.position import Batch, Committed
from services.linker.rows import Numbering, Row, write
from services.linker.sift import sift


class Found(NamedTuple):
    """What the ledger knows of a round's batches: where each partition stands, which of the requests it has (id →
    digest), and the active links of the accounts that are named.
    """

    numberings: Mapping[int, Numbering]
    known: Mapping[UUID, bytes]
    links: Sequence[Link]


class Standing(NamedTuple):
    """What a position row is to say after a batch, in the order in which it is written."""

    partition: int
    last_digest: bytes
    next_seq: int
    last_hash: bytes
    published_seq: int
    published_offset: int | None
    published_digest: bytes | None


class Settlement(NamedTuple):
    """What one batch becomes."""

    committed: Committed
    rows: list[Row]
    standing: Standing


def found(row: Mapping[str, Any]) -> Found:
    """Return what the first statement of a round read."""
    stands = _columns(row, "partitions", "partition_counts", "next_seqs", "last_hashes")
    return Found(
        {stand[0]: Numbering(*stand) for stand in stands},
        dict(_columns(row, "known_ids", "known_digests")),
        [Link(*link) for link in _columns(row, "courts", "accounts", "logins", "numbers")],
    )


def _columns(row: Mapping[str, Any], *names: str) -> list[tuple[Any, ...]]:
    return list(zip(*(row[name] or () for name in names), strict=True))


def settle(batches: Sequence[Batch], known: Found) -> list[Settlement]:
    """Decide and number the batches, each of another partition, and return what each becomes, in order."""
    sifted = [sift(batch.items, known.known) for batch in batches]
    requests = [[received.request for received in each.fresh] for each in sifted]
    numberings = [known.numberings[batch.partition] for batch in batches]
    numbers = [at.ids(len(fresh)) for at, fresh in zip(numberings, requests, strict=True)]
    decided = iter(decide([*chain.from_iterable(requests)], known.links, [*chain.from_iterable(numbers)]))
    settlements = []
    for batch, each, asked, at in zip(batches, sifted, requests, numberings, strict=True):
        outcomes = list(islice(decided, len(asked)))
        written = write(each.fresh, outcomes, at)
        committed = Committed(
            first_seq=at.next_seq,
            messages=written.messages,
            requests=asked,
            outcomes=outcomes,
            dead_letters=each.dead_letters,
            duplicates=each.duplicates,
        )
        settlements.append(Settlement(committed, written.rows, _standing(batch, written.rows, at)))
    return settlements


def _standing(batch: Batch, rows: Sequence[Row], at: Numbering) -> Standing:
    last_hash = rows[-1].hash if rows else at.last_hash
    return Standing(batch.partition, batch.last_digest, at.next_seq + len(rows), last_hash, *batch.published)
