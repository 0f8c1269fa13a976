"""Dedupe: which records of a batch are new requests, which are known ones come again, which claim a known id for
other bytes.

Pure. Known id and same bytes: skipped. Known id and other bytes: dead letter.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from services.linker.intake import DeadLetter, Received, buried


@dataclass
class Sifted:
    """A batch taken apart: new requests in order, dead letters, and how many were known already."""

    fresh: list[Received] = field(default_factory=list)
    dead_letters: list[DeadLetter] = field(default_factory=list)
    duplicates: int = 0


def sift(items: Iterable[Received | DeadLetter], known: Mapping[UUID, bytes]) -> Sifted:
    """Take a batch apart. `known` gives the digest of each request id of the batch that the ledger has."""
    sifted = Sifted()
    seen = dict(known)
    for item in items:
        if isinstance(item, DeadLetter):
            sifted.dead_letters.append(item)
            continue
        before = seen.get(item.request.request_id)
        if before is None:
            seen[item.request.request_id] = item.digest
            sifted.fresh.append(item)
        elif before == item.digest:
            sifted.duplicates += 1
        else:
            sifted.dead_letters.append(
                buried(item.record, "conflicting-id", "its request id is known with other bytes")
            )
    return sifted
