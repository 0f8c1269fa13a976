"""The seconds of a run gathered into as many columns as a plot can show: means of rates, the highest depths. Pure."""

from collections.abc import Sequence
from math import ceil
from typing import Final, NamedTuple

from services.replay.measure.figures import Quantile
from services.replay.measure.results import RunResult
from services.replay.measure.stages import Stage
from services.replay.report.evidence import Evidence

COLUMN_COUNT_MAX: Final = 120
_WIDTHS_S: Final = (1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1800, 3600)


class Times(NamedTuple):
    """How long the requests took to a stage that were due in a column: half of them, and 99 of 100."""

    p50: Quantile
    p99: Quantile


class Column(NamedTuple):
    """A stretch of the run. Rates are a second; `in_flight` and `lag_s` are the highest of the stretch."""

    from_s: int
    to_s: int
    offered: float
    came: dict[Stage, float]
    times: dict[Stage, Times]
    in_flight: int
    lag_s: float


def width_s(second_count: int) -> int:
    """Return how many seconds a column holds: a round number, or whole hours."""
    for width in _WIDTHS_S:
        if second_count <= width * COLUMN_COUNT_MAX:
            return width
    return ceil(second_count / COLUMN_COUNT_MAX / 3600) * 3600


def columns(run: Evidence) -> list[Column]:
    """Return the whole run, from its start to the end of its drain."""
    count = len(run.result.series.offered)
    width = width_s(count)
    return [_column(run, from_s, min(from_s + width, count)) for from_s in range(0, count, width)]


def _column(run: Evidence, from_s: int, to_s: int) -> Column:
    series, stages = run.result.series, run.result.stages
    spreads = {stage: run.durations[stage].within(from_s, to_s) for stage in stages if stage in run.durations}

    def mean(values: Sequence[int]) -> float:
        return sum(values[from_s:to_s]) / (to_s - from_s)

    return Column(
        from_s=from_s,
        to_s=to_s,
        offered=mean(series.offered),
        came={stage: mean(came_of(run.result, stage)) for stage in stages},
        times={stage: Times(each.at(50), each.at(99)) for stage, each in spreads.items() if each.every.total},
        in_flight=max(series.in_flight[from_s:to_s], default=0),
        lag_s=max(series.lag_s[from_s:to_s], default=0.0),
    )


def came_of(result: RunResult, stage: Stage) -> Sequence[int]:
    """Return how many requests came to a stage in each second."""
    series = result.series
    return {
        Stage.ACKNOWLEDGED: series.acknowledged,
        Stage.COMMITTED: series.committed,
        Stage.MAILED: series.mailed,
    }[stage]
