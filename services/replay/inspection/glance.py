"""The facts of a recording's lines that an inspection needs, taken without reading a whole line. Pure."""

import re
from typing import Final, NamedTuple

import numpy as np

from services.replay.recording.lines import record_of
from services.replay.recording.record import NO_TIMESTAMP_MS

# The layout of `line_of` with the headers of the contract's envelope; any other line is read the long way.
_TEXT: Final = rb'"([^"\\\n]*+)"'
_UNTAKEN: Final = rb'"[^"\\\n]*+"'
_LINE: Final = re.compile(
    rb'^\{"topic":%b,"partition":(\d++),"offset":(\d++),"timestamp":(\d++),"timestamp_type":"\w++",' % _TEXT
    + rb'"key":%b,"headers":\[\["ce_specversion","1\.0"\],\["ce_id",%b\],\["ce_type",%b\]' % (_TEXT, _TEXT, _TEXT)
    + rb'(?:,\[%b,%b\])*+\],"value":(.*)\}$' % (_UNTAKEN, _UNTAKEN),
    re.MULTILINE,
)
_NULL: Final = b"null"

Line = tuple[bytes, bytes, bytes, bytes, bytes | None, bytes, bytes, bytes | None]


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


def facts_of(block: bytes) -> Facts:
    """Return the facts of a block of lines, each with its newline. Raises ValueError for one that is no record."""
    found: list[Line] = _LINE.findall(block)
    if len(found) != block.count(b"\n"):
        found = [_line(line) for line in block.removesuffix(b"\n").split(b"\n")]
    topics, partitions, offsets, times_ms, keys, ids, types, values = zip(*found, strict=True)
    if _NULL in values:
        values = tuple([None if value == _NULL else value for value in values])
    return Facts(topics, _numbers(partitions), _numbers(offsets), _numbers(times_ms), keys, ids, types, values)


def _numbers(digits: tuple[bytes, ...]) -> np.ndarray:
    return np.fromiter(map(int, digits), np.int64, len(digits))


def _line(line: bytes) -> Line:
    found = _LINE.match(line)
    return _long_way(line) if found is None else found.groups()  # type: ignore[return-value]  # eight, all of them there


def _long_way(line: bytes) -> Line:
    record = record_of(line)
    headers = dict(record.headers)
    return (
        record.topic.encode(),
        b"%d" % record.partition,
        b"%d" % record.offset,
        b"%d" % record.timestamp_ms,
        record.key,
        headers.get("ce_id") or b"",
        headers.get("ce_type") or b"",
        record.value,
    )


def timed(times_ms: np.ndarray) -> np.ndarray:
    """Return the times without those of records that have none."""
    known: np.ndarray = times_ms[times_ms != NO_TIMESTAMP_MS]
    return known
