"""Reads the ledger once, row by row: checks what hangs on the row before (P4), lays out what the other promises ask.

The hash chain is the linker's own function; the facts are read from the very bytes that are published.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson

from services.audit.digests import record_digest, value_digest
from services.audit.lines import Line, Tally
from services.audit.model import refused
from services.audit.snapshot import Snapshot
from services.contract.ids import transaction_id
from services.linker.chain import GENESIS, Links, chained

_ROWS: Final = """
SELECT partition, seq, transaction_id, request_id, request_offset, request_digest, request_source, key, committed_at,
       headers, value, hash
  FROM linker.ledger ORDER BY partition, seq"""
_POSITIONS: Final = "SELECT partition, partition_count, next_seq, last_hash FROM linker.position ORDER BY partition"
_KEPT: Final = ("partition", "seq", "transaction_id", "request_id", "request_offset", "request_digest", "source", "key")
_FACTS: Final = ("status", "reason", "cites", "kind", "court_id", "pacer_account", "cmecf_canonical")
_COLUMNS: Final = (*_KEPT, "committed_at", "record_digest", *_FACTS, "pacer_email", "notice_email", "refusal")
_UNREADABLE: Final = (None,) * 10
_REQUEST: Final = b',"request":'
_BIGINT_MAX: Final = 2**63 - 1


class _Chain:
    """The dense numbers and the hash chain of all partitions, followed row by row."""

    def __init__(self, partition_counts: Mapping[int, int]) -> None:
        self._partition_counts = partition_counts
        self._last: dict[int, tuple[int, bytes]] = {}
        self.count = 0
        self._gap = Tally("seq is not dense before")
        self._number = Tally("transaction id is not that of its partition and seq")
        self._broken = Tally("hash does not follow from the row before")
        self._torn = Tally("value does not hold the request of its digest")
        self._unread = Tally("value cannot be read")
        self._position = Tally("the position row disagrees with the last row of partition")

    def follow(self, row: Mapping[str, Any]) -> None:
        """Take the next row, in the order of partition and seq."""
        self.count += 1
        partition, seq, number = row["partition"], row["seq"], row["transaction_id"]
        last_seq, last_hash = self._last.get(partition, (0, GENESIS))
        if seq != last_seq + 1:
            self._gap.add(f"{partition}:{seq}")
        count = self._partition_counts.get(partition)
        if count is None or number != transaction_id(partition=partition, seq=seq, partition_count=count):
            self._number.add(str(number))
        links = Links(number, row["request_offset"], row["request_digest"], row["request_source"], *_bytes(row))
        if row["hash"] != chained(last_hash, links):
            self._broken.add(str(number))
        if value_digest(_request_of(row["value"])) != row["request_digest"]:
            self._torn.add(str(number))
        # The stored hash, so that one changed row is one finding and not all that come after it.
        self._last[partition] = seq, row["hash"]

    def unreadable(self, number: int) -> None:
        self._unread.add(str(number))

    def line(self, positions: Sequence[Mapping[str, Any]]) -> Line:
        """Return P4, after the last row."""
        for position in positions:
            if self._last.get(position["partition"], (0, GENESIS)) != (position["next_seq"] - 1, position["last_hash"]):
                self._position.add(str(position["partition"]))
        tallies = (self._gap, self._number, self._broken, self._torn, self._unread, self._position)
        violations = Tally.violations(tallies)
        return Line("P4", f"{self.count:,} rows" + ("" if violations else ", chain unbroken"), violations)


async def read_ledger(into: Snapshot) -> Line:
    """Fill `ledger_rows` and return P4."""
    positions = await into.fetch(_POSITIONS)
    chain = _Chain({position["partition"]: position["partition_count"] for position in positions})
    async for block in into.rows(_ROWS):
        laid_out = []
        for row in block:
            chain.follow(row)
            facts = _facts(row["value"])
            if facts is _UNREADABLE:
                chain.unreadable(row["transaction_id"])
            laid_out.append((*row[:9], _digest(row), *facts))
        await into.add("ledger_rows", _COLUMNS, laid_out)
    return chain.line(positions)


def _facts(value: bytes) -> tuple[object, ...]:
    try:
        facts = orjson.loads(value)
        request = facts["request"]
        names = [facts["status"], facts.get("reason")]
        owned = [request[name] for name in ("request", "court_id", "pacer_account", "cmecf_canonical", "pacer_email")]
        kind, *accounts, pacer_email = owned
        cmecf_email, cites = request.get("cmecf_email"), facts.get("cites")
        texts = (*owned, names[0], names[1] or "", cmecf_email or "")
        if not all(isinstance(text, str) and "\x00" not in text for text in texts) or not _number(cites):
            return _UNREADABLE
        # Only a link made or ended is told to the owner, and only at an address that is not the filer's.
        told = names[1] is None and cmecf_email is not None and cmecf_email.casefold() != pacer_email.casefold()
        return (*names, cites, kind, *accounts, pacer_email, cmecf_email if told else None, refused(request))
    except (ValueError, KeyError, TypeError, AttributeError):
        return _UNREADABLE


def _number(cites: object) -> bool:
    return cites is None or (isinstance(cites, int) and 0 < cites <= _BIGINT_MAX)


def _request_of(value: bytes) -> bytes:
    return value[value.find(_REQUEST) + len(_REQUEST) : -1]


def _bytes(row: Mapping[str, Any]) -> tuple[bytes, bytes, bytes]:
    return row["key"], row["headers"], row["value"]


def _digest(row: Mapping[str, Any]) -> bytes:
    try:
        headers = [(name, text.encode()) for name, text in orjson.loads(row["headers"])]
    except (ValueError, TypeError, AttributeError):
        headers = [("unreadable", row["headers"])]
    return record_digest(row["key"], headers, row["value"])
