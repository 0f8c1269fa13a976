"""What is known of a run while it goes on: rates, what is in flight, lag, percentiles of the last seconds and so far.

Each look costs what came since the last one, not what the run has seen in all.
"""

from collections import deque
from typing import Final, NamedTuple, Protocol

import numpy as np

from services.replay.measure.histograms import Histogram, micros
from services.replay.measure.stages import Stage
from services.replay.measure.timings import Timings

RECENT_S: Final = 10
_US_PER_MS: Final = 1_000
_CHUNK: Final = 65_536


class Told(Protocol):
    """What the workers say together; `late_p99_ms` of what they handed over since they last said something."""

    @property
    def sent(self) -> int: ...

    @property
    def acknowledged(self) -> int: ...

    @property
    def failed(self) -> int: ...

    @property
    def late_p99_ms(self) -> float: ...


class StageGauge(NamedTuple):
    """A stage now. Percentiles in ms, None where nothing came: of the last RECENT_S seconds, and of the whole run."""

    came: int
    recent_p50_ms: float | None
    recent_p99_ms: float | None
    p50_ms: float | None
    p99_ms: float | None


class Gauges(NamedTuple):
    """A run now. Rates are of the last RECENT_S seconds; `eta_s`: seconds to its end, None where nobody can tell.

    `expected_per_s` is the part of the offered rate that can come through the last stage: repeats and records without
    an id come no further than the broker. At full speed nothing is due at an instant: no lag, no lateness and no
    percentiles then.
    """

    now_s: float
    draining: bool
    offered: int
    total: int
    sent: int
    acknowledged: int
    failed: int
    offered_per_s: float
    expected_per_s: float
    achieved_per_s: float
    in_flight: int
    lag_s: float
    late_p99_ms: float
    eta_s: float | None
    stages: dict[Stage, StageGauge]


class Instruments:
    """Keeps what the gauges need from one look to the next."""

    def __init__(self, timings: Timings, *, last: Stage, scheduled: bool = True) -> None:
        self._timings = timings
        self._last = last
        self._scheduled = scheduled
        self._whole = {stage: Histogram() for stage in (Stage.COMMITTED, Stage.MAILED)}
        self._recent: dict[Stage, deque[tuple[int, Histogram]]] = {stage: deque() for stage in self._whole}
        self._passed: deque[tuple[float, int, int]] = deque([(0.0, 0, 0)])
        self._first_open = 0
        self._tracked_share = float(timings.tracked.mean()) if len(timings) else 1.0

    def read(self, now_s: float, told: Told, *, draining: bool) -> Gauges:
        """Return the gauges at `now_s` seconds from the start."""
        for stage in self._whole:
            self._count(stage, now_s)
        offered = int(np.searchsorted(self._timings.instants, now_s, side="right"))
        done = told.acknowledged if self._last is Stage.ACKNOWLEDGED else self._whole[self._last].total
        offered_per_s, expected_per_s, achieved_per_s = self._rates(now_s, offered, done)
        awaited = told.sent if self._last is Stage.ACKNOWLEDGED else round(told.sent * self._tracked_share)
        in_flight = max(0, awaited - done)
        return Gauges(
            now_s=now_s,
            draining=draining,
            offered=offered,
            total=len(self._timings),
            sent=told.sent,
            acknowledged=told.acknowledged,
            failed=told.failed,
            offered_per_s=offered_per_s,
            expected_per_s=expected_per_s,
            achieved_per_s=achieved_per_s,
            in_flight=in_flight,
            lag_s=self._lag(now_s, offered),
            late_p99_ms=told.late_p99_ms if self._scheduled else 0.0,
            eta_s=self._eta(now_s, len(self._timings) - told.sent + in_flight, achieved_per_s, draining=draining),
            stages={stage: self._stage(stage) for stage in self._whole},
        )

    def _count(self, stage: Stage, now_s: float) -> None:
        fresh = self._timings.take_fresh(stage)
        took = micros(np.maximum(self._timings.at[stage][fresh] - self._timings.due[fresh], 0))
        self._whole[stage].add(took)
        recent, second = self._recent[stage], int(now_s)
        if not recent or recent[-1][0] != second:
            recent.append((second, Histogram()))
        recent[-1][1].add(took)
        while recent[0][0] <= second - RECENT_S:
            recent.popleft()

    def _rates(self, now_s: float, offered: int, done: int) -> tuple[float, float, float]:
        self._passed.append((now_s, offered, done))
        while len(self._passed) > 2 and self._passed[0][0] < now_s - RECENT_S:  # noqa: PLR2004 - two make a difference
            self._passed.popleft()
        then_s, offered_then, done_then = self._passed[0]
        over_s = max(now_s - then_s, 0.001)
        expected = offered - offered_then
        if self._last is not Stage.ACKNOWLEDGED:
            expected = int(np.count_nonzero(self._timings.tracked[offered_then:offered]))
        return (offered - offered_then) / over_s, expected / over_s, (done - done_then) / over_s

    def _lag(self, now_s: float, offered: int) -> float:
        """Return the age of the oldest request that is due and not committed."""
        if self._last is Stage.ACKNOWLEDGED or not self._scheduled:
            return 0.0
        at, tracked = self._timings.at[Stage.COMMITTED], self._timings.tracked
        while self._first_open < offered:
            until = min(self._first_open + _CHUNK, offered)
            still = np.isnan(at[self._first_open : until]) & tracked[self._first_open : until]
            found = int(np.argmax(still))
            if still[found]:
                self._first_open += found
                return max(0.0, now_s - float(self._timings.instants[self._first_open]))
            self._first_open = until
        return 0.0

    def _eta(self, now_s: float, left: int, per_s: float, *, draining: bool) -> float | None:
        by_rate = left / per_s if per_s > 0 else None
        if draining or not self._scheduled:
            return by_rate if left else 0.0
        return max(0.0, float(self._timings.instants[-1]) - now_s)

    def _stage(self, stage: Stage) -> StageGauge:
        if not self._scheduled:
            return StageGauge(self._whole[stage].total, None, None, None, None)
        recent = Histogram()
        for _, histogram in self._recent[stage]:
            recent.merge(histogram)
        whole = self._whole[stage]
        return StageGauge(whole.total, _ms(recent, 0.5), _ms(recent, 0.99), _ms(whole, 0.5), _ms(whole, 0.99))


def _ms(histogram: Histogram, part: float) -> float | None:
    if not histogram.total:
        return None
    return histogram.value_at_rank(max(1, round(part * histogram.total))) / _US_PER_MS
