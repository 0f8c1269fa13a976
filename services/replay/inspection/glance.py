"""The facts of a recording's lines that an inspection needs, taken without reading a whole line. Pure."""

import re
from typing import Final, NamedTuple

import numpy as np

from services.replay.recording.lines import record_of
from services.replay.recording.record import NO_TIMESTAMP_MS

# The layout of `line_of` with the headers of the contract's envelope; any other line is read the long way.
_HEAD: Final = re.compile(
    rb'\{"topic":"([^"\\]*)","partition":(\d+),"offset":(\d+),"timestamp":(\d+),"timestamp_type":"\w+",'
    rb'"key":"([^"\\]*)","headers":\[\["ce_specversion","1\.0"\],\["ce_id","([^"\\]*)"\],\["ce_type","([^"\\]*)"\]'
).match
_VALUE: Final = b'],"value":'
_VALUE_LENGTH: Final = len(_VALUE)
_NULL: Final = b"null"

Head = tuple[bytes, bytes, bytes, bytes, bytes | None, bytes, bytes]


class Facts(NamedTuple):
    """The columns of some records. An id or a type that is not there is empty; a key or a value may be None."""

    topics: tuple[bytes, ...]
    partitions: np.ndarray
    offsets: np.ndarray
    times_ms: np.ndarray
    keys: tuple[bytes | None, ...]
    ids: tuple[bytes, ...]
    types: tuple[bytes, ...]
    values: tuple[bytes | None, ...]


def facts_of(lines: list[bytes]) -> Facts:
    """Return the facts of lines. Raises ValueError for one that is no record."""
    heads: list[Head] = []
    values: list[bytes | None] = []
    for line in lines:
        found = _HEAD(line)
        start = -1 if found is None else line.find(_VALUE, found.end() - 1)
        if found is None or start < 0:
            head, value = _long_way(line)
            heads.append(head)
            values.append(value)
        else:
            heads.append(found.groups())  # type: ignore[arg-type]  # seven groups, each of which is there
            values.append(line[start + _VALUE_LENGTH : -1])
    topics, partitions, offsets, times_ms, keys, ids, types = zip(*heads, strict=True)
    taken = tuple([None if value == _NULL else value for value in values])
    return Facts(topics, _numbers(partitions), _numbers(offsets), _numbers(times_ms), keys, ids, types, taken)


def _numbers(digits: tuple[bytes, ...]) -> np.ndarray:
    return np.array(digits, "S20").astype(np.int64)


def _long_way(line: bytes) -> tuple[Head, bytes | None]:
    record = record_of(line)
    headers = dict(record.headers)
    head = (
        record.topic.encode(),
        b"%d" % record.partition,
        b"%d" % record.offset,
        b"%d" % record.timestamp_ms,
        record.key,
        headers.get("ce_id") or b"",
        headers.get("ce_type") or b"",
    )
    return head, record.value


def timed(times_ms: np.ndarray) -> np.ndarray:
    """Return the times without those of records that have none."""
    known: np.ndarray = times_ms[times_ms != NO_TIMESTAMP_MS]
    return known
