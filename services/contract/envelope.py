"""The envelope: CloudEvents 1.0 attributes in Kafka's binary mode, and our own headers beside them.

Business facts are in the value; ids, type, source, time, trace, proof and the marks of redrives and replays are in the
headers.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final

Headers = list[tuple[str, bytes]]

CONTENT_TYPE: Final = b"application/json"
PROOF: Final = "proof"
REDRIVE_OF: Final = "redrive-of"
TRACEPARENT: Final = "traceparent"
REPLAY_RUN: Final = "replayrun"
REPLAY_RUN_PATTERN: Final = r"[A-Za-z0-9._-]{1,64}"
_REPLAY_RUN: Final = re.compile(REPLAY_RUN_PATTERN.encode())
_TRACEPARENT = re.compile(rb"^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$")


class Malformed(Exception):
    """A record that can never be read: it becomes a dead letter. The message says why, without the payload."""


class Source(StrEnum):
    """Who publishes: the `ce_source` of our own services."""

    AUTH = "/ecflink/auth"
    GUARD = "/ecflink/guard"
    LINKER = "/ecflink/linker"
    NOTIFIER = "/ecflink/notifier"
    OPS = "/ecflink/ops"


def instant(moment: datetime) -> str:
    """Return an aware time as RFC 3339 in UTC with microseconds and `Z`."""
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def envelope(*, ce_id: str, ce_type: str, source: str, time: datetime, traceparent: bytes | None = None) -> Headers:
    """Return the headers of an event. `time` is an aware time in UTC; a traceparent that is not valid is left out."""
    headers: Headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", ce_id.encode()),
        ("ce_type", ce_type.encode()),
        ("ce_source", source.encode()),
        ("ce_time", instant(time).encode()),
        ("content-type", CONTENT_TYPE),
    ]
    trace = valid_traceparent(traceparent)
    return [*headers, (TRACEPARENT, trace)] if trace else headers


def valid_traceparent(traceparent: bytes | None) -> bytes | None:
    """Return a W3C trace context as it is if it is well-formed, otherwise None."""
    return traceparent if traceparent is not None and _TRACEPARENT.match(traceparent) else None


def replay_run(headers: Mapping[str, bytes | None]) -> str | None:
    """Return the run that a record belongs to; None where no replay sent it. Raises Malformed for what is no run id."""
    if REPLAY_RUN not in headers:
        return None
    run = headers[REPLAY_RUN] or b""
    if _REPLAY_RUN.fullmatch(run) is None:
        raise Malformed(f"{REPLAY_RUN} is not 1 to 64 letters, digits, dots, dashes or underscores")
    return run.decode("ascii")


def single(headers: Sequence[tuple[str, bytes | None]]) -> dict[str, bytes | None]:
    """Return headers by name. Raises Malformed where a name stands twice, as a reader could not tell which counts."""
    found = dict(headers)
    if len(found) != len(headers):
        raise Malformed("a header stands twice")
    return found
