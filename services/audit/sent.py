"""Reads a producer's manifest: JSON Lines `{"request_id": …, "digest": …}`, one for each request that it sent.

`digest` is SHA-256 of the request's value, in hex; `"acknowledged": false` marks one that the broker never confirmed,
so that it may be in the log or not. Benchmarks and replays write it, as no attempt of auth stands behind theirs.
"""

from collections.abc import Iterator
from itertools import batched
from pathlib import Path
from typing import Final
from uuid import UUID

import orjson

from services.audit.snapshot import ROW_COUNT_MAX, Snapshot

_DIGEST_BYTES: Final = 32


class BadManifest(Exception):
    """The file given by `--sent` cannot be used; the message says which line and why."""


async def read_sent(path: Path, into: Snapshot) -> None:
    """Fill `sent`. Raises BadManifest."""
    try:
        for rows in batched(_rows(path), ROW_COUNT_MAX, strict=False):
            await into.add("sent", ("request_id", "digest", "certain"), rows)
    except OSError as error:
        raise BadManifest(f"--sent {path} cannot be read: {error.strerror}") from None


def _rows(path: Path) -> Iterator[tuple[UUID, bytes, bool]]:
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                entry = orjson.loads(line)
                row = UUID(entry["request_id"]), bytes.fromhex(entry["digest"]), entry.get("acknowledged") is not False
            except (ValueError, KeyError, TypeError, AttributeError):
                row = None
            if row is None or len(row[1]) != _DIGEST_BYTES:
                wanted = '{"request_id": "<uuid>", "digest": "<64 hex digits>"}'
                raise BadManifest(f"--sent {path} line {number} is not {wanted}")
            yield row
