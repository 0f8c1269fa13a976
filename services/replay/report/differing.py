"""The figures of two runs side by side, each judged: a change counts when it is beyond what is tolerated and beyond the
noise. Pure.
"""

from collections.abc import Iterator, Sequence
from math import hypot
from typing import Final, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

from services.replay.measure.figures import PERCENTILES
from services.replay.measure.stages import Stage
from services.replay.report import noise, words
from services.replay.report.columns import came_of
from services.replay.report.evidence import Evidence
from services.replay.report.likeness import measured_seconds
from services.replay.report.noise import BLOCK_COUNT_MIN, Interval, block_count
from services.replay.report.tolerance import Tolerance

Meaning = Literal["same", "worse", "better", "unclear", "too few"]
"""`unclear`: more than is tolerated, but one run alone might do that by chance; `too few`: hangs on single requests."""

BEYOND_COUNT_MIN: Final = 10
"""A percentile with fewer requests beyond it hangs on single ones, and is not judged."""
_LEVELS: Final = {name: percent for name, percent in PERCENTILES.items() if name != "max"}
_TINY_MS: Final = 0.001


class Row(BaseModel):
    """One figure of both runs. `change` and its noise `low` to `high` are parts of A's (0.1 = a tenth more); of a share
    they are the difference itself; null where there is no such number.
    """

    model_config = ConfigDict(frozen=True)

    what: str
    a: str
    b: str
    change: float | None = None
    low: float | None = None
    high: float | None = None
    meaning: Meaning


def time_rows(a: Evidence, b: Evidence, tolerance: Tolerance) -> Iterator[Row]:
    """Yield the percentiles of each stage that both runs timed."""
    left, right = a.spreads(), b.spreads()
    for stage in (stage for stage in Stage if stage in left and stage in right):
        noises = _noises(a, b, stage)
        total = min(left[stage].every.total, right[stage].every.total)
        for (name, percent), interval in zip(_LEVELS.items(), noises, strict=True):
            old, new = left[stage].at(percent), right[stage].at(percent)
            change = new.ms / max(old.ms, _TINY_MS) - 1
            few = interval is None or round(total * (100 - percent) / 100, 6) < BEYOND_COUNT_MIN
            small = abs(new.ms - old.ms) <= tolerance.times_ms
            meaning = "too few" if few else "same" if small else _meaning(change, interval, tolerance.times)
            yield _row(f"{stage} {name}", (words.brief(old), words.brief(new)), (change, interval), meaning)


def _noises(a: Evidence, b: Evidence, stage: Stage) -> Sequence[Interval | None]:
    seconds = [measured_seconds(run.result) for run in (a, b)]
    if min(block_count(len(each)) for each in seconds) < BLOCK_COUNT_MIN:
        return [None] * len(_LEVELS)
    percents = list(_LEVELS.values())
    old = noise.resampled_percentiles(a.durations[stage], seconds[0], percents, noise.SEED_A)
    new = noise.resampled_percentiles(b.durations[stage], seconds[1], percents, noise.SEED_B)
    changes = new / np.maximum(old, _TINY_MS) - 1
    return [noise.middle(changes[:, column]) for column in range(len(percents))]


def rate_rows(a: Evidence, b: Evidence, tolerance: Tolerance) -> Iterator[Row]:
    """Yield the rate at which requests came through the last stage, if it is the same in both runs and can be told."""
    stages = [list(run.result.stages)[-1:] for run in (a, b)]
    series = [_measured(run, stage) for run, last in zip((a, b), stages, strict=True) for stage in last]
    if (
        stages[0] != stages[1]
        or min(map(block_count, map(len, series)), default=0) < BLOCK_COUNT_MIN
        or not sum(series[0])
    ):
        return
    old, new = (sum(each) / len(each) for each in series)
    means = noise.resampled_means(series[0], noise.SEED_A), noise.resampled_means(series[1], noise.SEED_B)
    change, interval = new / old - 1, noise.middle(means[1] / np.maximum(means[0], _TINY_MS) - 1)
    # Here less is worse.
    meaning = _meaning(-change, Interval(-interval.high, -interval.low), tolerance.rate)
    yield _row(f"{stages[0][0]} a second", (words.rate(old), words.rate(new)), (change, interval), meaning)


def _measured(run: Evidence, stage: Stage) -> Sequence[int]:
    seconds = measured_seconds(run.result)
    # The last second is cut off by the end of the offer.
    return came_of(run.result, stage)[seconds.start : max(seconds.start, seconds.stop - 1)]


def failure_row(a: Evidence, b: Evidence, tolerance: Tolerance) -> Row:
    """Return the shares of the requests that failed."""
    counts = [run.result.counts for run in (a, b)]
    shares = [each.failed / each.offered if each.offered else 0.0 for each in counts]
    old, new = (noise.share_interval(each.failed, each.offered) for each in counts)
    change = shares[1] - shares[0]
    low = change - hypot(shares[1] - new.low, old.high - shares[0])
    interval = Interval(low, change + hypot(new.high - shares[1], shares[0] - old.low))
    told = [words.share(each.failed, each.offered) for each in counts]
    meaning = _meaning(change, interval, tolerance.failures)
    return _row("share that failed", (told[0], told[1]), (change, interval), meaning)


def audit_row(a: Evidence, b: Evidence) -> Row:
    """Return how the audits ended: anything but clean where it was otherwise before is worse."""
    old, new = (run.result.audit.outcome for run in (a, b))
    meaning: Meaning = "same" if old == new else "better" if new == "clean" else "worse"
    return Row(what="audit", a=old, b=new, meaning=meaning)


def _meaning(change: float, interval: Interval | None, tolerated: float) -> Meaning:
    """Return what a change means where more is worse."""
    if interval is None or abs(change) <= tolerated:
        return "same"
    if interval.low <= 0 <= interval.high:
        return "unclear"
    return "worse" if change > 0 else "better"


def _row(what: str, values: tuple[str, str], change: tuple[float, Interval | None], meaning: Meaning) -> Row:
    low, high = change[1] or (None, None)
    return Row(what=what, a=values[0], b=values[1], change=change[0], low=low, high=high, meaning=meaning)
