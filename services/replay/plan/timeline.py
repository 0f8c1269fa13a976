"""The timeline: for each record of each loop the second at which it is to go, counted from the start. Pure.

It is made before anything is sent; no answer ever moves it (open loop).
"""

from dataclasses import dataclass
from math import ceil
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.replay.outcome import Unusable
from services.replay.plan.choices import Choices
from services.replay.plan.paces import Original
from services.replay.plan.rates import Instants, count_within, rated

INSTANT_COUNT_MAX: Final = 100_000_000
_MS_PER_S: Final = 1000.0

Times = NDArray[np.int64]
Order = NDArray[np.uint32]


@dataclass(frozen=True)
class Timeline:
    """`instants` in seconds, non-decreasing, for up to loops times `count` records. Record n of a loop in playing order
    is record `order[n]` of the file; `order` is None where the file is in playing order already.
    """

    instants: Instants
    order: Order | None
    count: int

    @property
    def loop_starts_s(self) -> list[float]:
        """The instant of each loop's first record."""
        return [float(start) for start in self.instants[:: self.count]] if self.count else []


def timeline(choices: Choices, timestamps_ms: Times) -> Timeline:
    """Return the timeline of a recording, from its records' times in the order of the file; the array is taken over.

    The times of one partition must not decrease (`Playable` sees to that): then a stable sort by time plays the file's
    partitions side by side and keeps the order within each, and so the order of each key.
    """
    order = None
    if not _sorted(timestamps_ms):
        order = np.argsort(timestamps_ms, kind="stable").astype(np.uint32)
        timestamps_ms.sort()
    return Timeline(instants(choices, timestamps_ms), order, len(timestamps_ms))


def instants(choices: Choices, timestamps_ms: Times) -> Instants:
    """Return the seconds from the start of each record of each loop, cut at `for_s`. Raises Unusable if too many."""
    count, loops = len(timestamps_ms), choices.loops
    if count == 0:
        return np.zeros(0)
    if isinstance(choices.pace, Original):
        once = _own_gaps(timestamps_ms, choices.pace)
        return _cut(_looped(once, _loops_within(once, loops, choices.for_s)), choices.for_s)
    within = count_within(choices.pace, choices.for_s) if choices.for_s else None
    total = _bounded(min(count * loops, within or count * loops))
    return _cut(rated(choices.pace, total, choices.seed), choices.for_s)


def _own_gaps(timestamps_ms: Times, pace: Original) -> Instants:
    ordered = timestamps_ms if _sorted(timestamps_ms) else np.sort(timestamps_ms)
    # Milliseconds since 1970 are exact in a float; in place, as a timeline of ten million has to fit beside its times.
    own: Instants = np.subtract(ordered, ordered[0], dtype=np.float64)
    if pace.pause_s_max is not None:
        own = np.diff(own, prepend=0.0)
        np.minimum(own, pace.pause_s_max * _MS_PER_S, out=own)
        np.cumsum(own, out=own)
    own /= _MS_PER_S * pace.speed
    return own


def _period(once: Instants) -> float:
    """Return how long a loop takes until the next one begins: its span and one mean gap, so that the rate goes on."""
    return float(once[-1]) * len(once) / (len(once) - 1) if len(once) > 1 else 0.0


def _loops_within(once: Instants, loops: int, for_s: float | None) -> int:
    period = _period(once)
    return loops if for_s is None or period == 0 else min(loops, ceil(for_s / period))


def _looped(once: Instants, loops: int) -> Instants:
    if loops == 1:
        return once
    _bounded(len(once) * loops)
    starts = np.arange(loops) * _period(once)
    looped: Instants = np.add.outer(starts, once).ravel()
    return looped


def _cut(moments: Instants, for_s: float | None) -> Instants:
    return moments if for_s is None else moments[: np.searchsorted(moments, for_s, side="left")]


def _bounded(total: int) -> int:
    if total > INSTANT_COUNT_MAX:
        raise Unusable(f"{total:,} records are to be sent, {INSTANT_COUNT_MAX:,} is the most: give less --loops")
    return total


def _sorted(timestamps_ms: Times) -> bool:
    return bool(np.all(timestamps_ms[1:] >= timestamps_ms[:-1]))
