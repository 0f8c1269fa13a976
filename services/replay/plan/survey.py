"""Looks on as the first loop is remade, and counts what a forecast tells. One number is kept for each record."""

import marshal
from array import array
from typing import Final

import numpy as np

from services.replay.plan.fields import Field
from services.replay.plan.passing import Made
from services.replay.plan.remaking import Outgoing
from services.replay.plan.spooled import FORMAT_OF_BODY, ROW
from services.replay.plan.timeline import Timeline

_SAMPLED_EVERY: Final = 50
_SECOND: Final = len("2026-03-02T08:30:00")
_CONFIRMED: Final = Field("confirmed_at")
_LIVE: Final = Field("court_live_at")
_SEALED: Final = b'"sealed_code"'
_LIVE_NAME: Final = b'"court_live_at"'
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
        lanes = self._lanes
        for lane in {out[:2] for out in made.outgoing}:
            lanes.setdefault(lane, len(lanes))
        self._lane_of.extend([lanes[out[:2]] for out in made.outgoing])
        self.value_bytes_max = max(self.value_bytes_max, *[len(out.value or b"") for out in made.outgoing], 0)
        for before, out in zip(made.before, made.outgoing, strict=True):
            if out.request_id is not None:
                self._go_live(before or b"", out)
            elif out.value is not None and _SEALED in out.value:
                self.sealed += 1
        for out in made.outgoing[::_SAMPLED_EVERY]:
            self._sampled += 1
            self._sampled_bytes += len(marshal.dumps((out.key, out.value, out.headers), FORMAT_OF_BODY))

    def _go_live(self, before: bytes, out: Outgoing) -> None:
        if _LIVE_NAME not in before:
            return
        was, comes = _live(before), _live(out.value or b"")
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


def _live(value: bytes) -> bool:
    """Say whether a request's court was live when it was confirmed; to the second, which is enough for a warning."""
    live = _second(value, _LIVE)
    return bool(live) and _second(value, _CONFIRMED) >= live


def _second(value: bytes, field: Field) -> bytes:
    begin, end = field.text(value)
    return value[begin : min(end, begin + _SECOND)] if begin >= 0 else b""
