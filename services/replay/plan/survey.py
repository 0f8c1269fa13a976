"""Looks on as the first loop is remade, and counts what a forecast tells. One number is kept for each record."""

import marshal
from array import array
from collections.abc import Iterable
from itertools import compress
from typing import Final

import numpy as np

from services.replay.plan.fields import Field
from services.replay.plan.passing import Made
from services.replay.plan.spooled import FORMAT_OF_BODY, ROW
from services.replay.plan.timeline import Timeline

_SAMPLED_EVERY: Final = 50
_SECOND: Final = len("2026-03-02T08:30:00")
_CONFIRMED: Final = Field("confirmed_at")
_LIVE: Final = Field("court_live_at")
_SEALED: Final = b'"sealed_code"'
_LIVE_NAME: Final = b'"court_live_at"'
_LIVE_TEXT: Final = _LIVE_NAME + b':"'
_CONFIRMED_TEXT: Final = b'"confirmed_at":"'
_END_LENGTH_MAX: Final = 60
"""Where the usual form has its last field: elsewhere it is looked for from the beginning."""
_INSTANT_BYTES: Final = 8


class Survey:
    """What was seen. `now_live` counts requests that came before their court's go-live in the recording and come after
    it as they are sent, `not_live` the reverse.
    """

    def __init__(self) -> None:
        self.value_bytes_max = 0
        self.now_live = 0
        self.not_live = 0
        self.sealed = 0
        self._lanes: dict[tuple[str, int], int] = {}
        self._lane_of = array("H")
        self._sampled_bytes = 0
        self._sampled = 0

    def watch(self, made: Made) -> None:
        """Count a batch of the first loop; the others are like it."""
        if made.loop or not made.outgoing:
            return
        places = [out[:2] for out in made.outgoing]
        for place in set(places):
            self._lanes.setdefault(place, len(self._lanes))
        self._lane_of.extend(map(self._lanes.__getitem__, places))
        values = [out.value or b"" for out in made.outgoing]
        self.value_bytes_max = max(self.value_bytes_max, *map(len, values))
        requests = [out.request_id is not None for out in made.outgoing]
        if all(requests):
            self._go_live(made.before, values)
        else:
            self._go_live(compress(made.before, requests), compress(values, requests))
            others = [value for value, request in zip(values, requests, strict=True) if not request]
            self.sealed += [_SEALED in value for value in others].count(True)
        for out in made.outgoing[::_SAMPLED_EVERY]:
            self._sampled += 1
            self._sampled_bytes += len(marshal.dumps((out.key, out.value, out.headers), FORMAT_OF_BODY))

    def _go_live(self, befores: Iterable[bytes | None], values: Iterable[bytes]) -> None:
        for before, value in zip(befores, values, strict=True):
            was, comes = _lives(before or b"", value)
            if was != comes:
                self.now_live += comes
                self.not_live += was

    def spread(self, line: Timeline) -> dict[tuple[str, int], int]:
        """Return how many records of the whole timeline go to each topic and partition."""
        lane_of = np.frombuffer(self._lane_of, np.uint16)
        loops, rest = divmod(len(line.instants), line.count) if line.count else (0, 0)
        counts = np.bincount(lane_of, minlength=len(self._lanes)) * loops
        counts += np.bincount(
            lane_of[:rest] if line.order is None else lane_of[line.order[:rest]], minlength=len(counts)
        )
        return {lane: int(counts[number]) for lane, number in sorted(self._lanes.items())}

    def spool_bytes(self, count: int) -> int:
        """Return about how much disk the spool of `count` records takes while it is written."""
        mean = self._sampled_bytes / self._sampled if self._sampled else 0.0
        return round(count * (mean + 2 * ROW.itemsize + _INSTANT_BYTES))


def _lives(before: bytes, value: bytes) -> tuple[bool, bool]:
    """Say whether a request's court was live when it was confirmed, as recorded and as sent."""
    at = before.find(_LIVE_TEXT)
    was, comes = before.rfind(_CONFIRMED_TEXT, -_END_LENGTH_MAX), value.rfind(_CONFIRMED_TEXT, -_END_LENGTH_MAX)
    begin = at + len(_LIVE_TEXT)
    live = before[begin : begin + _SECOND]
    if min(at, was, comes) < 0 or b'"' in live or not value.startswith(live, begin):
        return _LIVE_NAME in before and _live(before), _LIVE_NAME in before and _live(value)
    was, comes = was + len(_CONFIRMED_TEXT), comes + len(_CONFIRMED_TEXT)
    return before[was : was + _SECOND] >= live, value[comes : comes + _SECOND] >= live


def _live(value: bytes) -> bool:
    """Say whether a request's court was live when it was confirmed; to the second, which is enough for a warning."""
    live = _second(value, _LIVE)
    return bool(live) and _second(value, _CONFIRMED) >= live


def _second(value: bytes, field: Field) -> bytes:
    begin, end = field.text(value)
    return value[begin : min(end, begin + _SECOND)] if begin >= 0 else b""
