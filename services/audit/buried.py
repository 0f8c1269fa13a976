"""Reads the dead letters of linker and notifier: for each its place and the digest of the bytes that were kept."""

from base64 import b64decode
from collections.abc import Mapping
from typing import Any, Final

import orjson

from services.audit.digests import record_digest
from services.audit.snapshot import Snapshot

_COLUMNS: Final = ("service", "topic", "partition", "offset", "record_digest", "request_id", "is_open")
_LETTERS: Final = {
    "linker": """
SELECT topic, partition, "offset", key, headers, value, request_id, closed_at IS NULL AS is_open
  FROM linker.dead_letters""",
    "notifier": """
SELECT topic, partition, "offset", key, headers, value, NULL::uuid AS request_id, closed_at IS NULL AS is_open
  FROM notifier.dead_letters""",
}


async def read_dead_letters(into: Snapshot, *, prefix: str) -> None:
    """Fill `buried`. Topic names lose the deployment's prefix."""
    for service, query in _LETTERS.items():
        async for block in into.rows(query):
            await into.add("buried", _COLUMNS, [(service, *_row(row, prefix)) for row in block])


def _row(row: Mapping[str, Any], prefix: str) -> tuple[object, ...]:
    digest = record_digest(row["key"], _headers(row["headers"]), row["value"])
    place = row["topic"].removeprefix(prefix), row["partition"], row["offset"]
    return *place, digest, row["request_id"], row["is_open"]


def _headers(kept: bytes) -> list[tuple[str, bytes | None]]:
    try:
        return [(name, None if text is None else b64decode(text, validate=True)) for name, text in orjson.loads(kept)]
    except (ValueError, TypeError):
        # Not as it was written: it equals no record, which is what P9 then says.
        return [("unreadable", kept)]
