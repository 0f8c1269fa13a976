"""Lays a run's manifest (`sent.jsonl`) out for the audit's questions, beside whether each came back in time."""

from collections.abc import Iterator
from importlib.resources import files
from itertools import batched
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import orjson

from services.audit.snapshot import ROW_COUNT_MAX, Snapshot
from services.contract.topics import LINK_REQUESTS
from services.replay.measure.timings import Flags
from services.replay.outcome import Unusable

FILE_NAME: Final = "sent.jsonl"
_COLUMNS: Final = ("index", "request_id", "digest", "partition", "offset", "acknowledged", "came")


async def lay_out(path: Path, view: Snapshot, came: Flags) -> None:
    """Fill `run_sent`; `came` says by timeline index who is back. Raises Unusable where the manifest cannot be read."""
    await view.execute(_sql("run.sql"))
    try:
        for rows in batched(_rows(path, came), ROW_COUNT_MAX, strict=False):
            await view.add("run_sent", _COLUMNS, rows)
    except OSError as error:
        raise Unusable(f"{path} cannot be read: {error.strerror}; without it the run cannot be audited") from None


async def lay_beside(view: Snapshot, run_id: str) -> None:
    """Fill the tables that hang on ledger and topics, once these are laid out."""
    await view.fetch("SELECT set_config('ecflink.replay_run', $1, true)", run_id)
    await view.execute(_sql("run_fill.sql"))


def _sql(name: str) -> str:
    return files("services.replay.measure").joinpath(name).read_text(encoding="utf-8")


def _rows(path: Path, came: Flags) -> Iterator[tuple[object, ...]]:
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                entry = orjson.loads(line)
                row = _row(entry, came)
                ours = entry.get("topic", LINK_REQUESTS.name).endswith(LINK_REQUESTS.name)
            except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
                raise Unusable(f"{path} line {number} is not a line of a run's manifest: {error!r}") from None
            if ours:
                yield row


def _row(entry: dict[str, Any], came: Flags) -> tuple[object, ...]:
    index, request_id, digest = entry["index"], UUID(entry["request_id"]), bytes.fromhex(entry["digest"])
    return index, request_id, digest, entry["partition"], entry["offset"], entry["acknowledged"], bool(came[index])
