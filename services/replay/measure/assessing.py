"""From timings to figures: counts, windows, seconds, percentiles, the generator's delay, the histogram log. Pure."""

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np

from services.replay.measure.figures import Counts, Generator, Series, StageFigures, Windows
from services.replay.measure.histograms import Histogram, Interval, micros
from services.replay.measure.quantiles import percentile_ms, stage_figures
from services.replay.measure.seconds import series_of
from services.replay.measure.stages import Stage
from services.replay.measure.timings import Flags, Indices, Timings
from services.replay.measure.windows import Layout

LOG_COMMENTS: Final = (
    "values in microseconds; each request counts in the second in which it was due, from the instant it was due",
    "tags: the stage; <stage>.at-least: never came, with how long it was waited for",
)


class Assessed(NamedTuple):
    """The figures of a run."""

    counts: Counts
    windows: Windows
    series: Series
    stages: dict[Stage, StageFigures]
    generator: Generator


def assess(layout: Layout, timings: Timings, *, cpu_us_per_record: float | None = None) -> Assessed:
    """Return the figures of a run that has ended."""
    limits = layout.limits
    windows = Windows(
        warm_up_s=limits.warm_up_s,
        measured_s=layout.until_s,
        drained_s=layout.ended_s,
        drain_limit_s=limits.drain_limit_s,
        drained=not np.any(~np.isnan(layout.handed) & layout.tracked & np.isnan(layout.at[limits.last])),
    )
    stages = {stage: _figures(layout, stage) for stage in limits.stages}
    return Assessed(_counts(layout, timings), windows, series_of(layout), stages, _generator(layout, cpu_us_per_record))


def _figures(layout: Layout, stage: Stage) -> StageFigures:
    among = layout.expected(stage)
    return stage_figures(layout.took(stage, among), layout.waited(among))


def _counts(layout: Layout, timings: Timings) -> Counts:
    measured, limits = layout.measured, layout.limits
    handed = ~np.isnan(layout.handed)
    late = handed & (layout.lateness > limits.in_time_s)
    came = {stage: ~np.isnan(layout.at[stage]) if stage in layout.at else np.zeros_like(handed) for stage in Stage}
    back = ~np.isnan(layout.finished)
    committed = measured & layout.tracked & came[Stage.COMMITTED]
    rejected = _count(committed & layout.rejected)
    return Counts(
        offered=_count(measured),
        sent=_count(measured & handed),
        sent_in_time=_count(measured & handed & ~late),
        late=_count(measured & late),
        acknowledged=_count(measured & came[Stage.ACKNOWLEDGED]),
        committed=_count(committed),
        committed_by_status={"Processed": _count(committed) - rejected, "Rejected": rejected},
        mailed=_count(measured & layout.tracked & came[Stage.MAILED]),
        never_came_back=_count(measured & handed & ~back),
        failed=_count(measured & (~handed | late | ~back | ~came[Stage.ACKNOWLEDGED])),
        repeats=_count(measured & layout.repeats),
        untracked=_count(measured & ~layout.tracked & ~layout.repeats),
        warm_up=_count(layout.offered & ~measured),
        copies=sum(timings.copies.values()),
        expected=_count(layout.expected(limits.last)),
        achieved=_count(layout.achieved),
    )


def _count(flags: Flags) -> int:
    return int(np.count_nonzero(flags))


def _generator(layout: Layout, cpu_us_per_record: float | None) -> Generator:
    late = layout.lateness[layout.measured]
    p99_ms = percentile_ms(late, 99)
    budget_ms = layout.limits.budget_ms if layout.limits.scheduled else None
    return Generator(
        late_p50_ms=percentile_ms(late, 50),
        late_p99_ms=p99_ms,
        late_max_ms=percentile_ms(late, 100),
        budget_ms=budget_ms,
        limited=budget_ms is not None and p99_ms > budget_ms,
        cpu_us_per_record=cpu_us_per_record,
    )


def intervals(layout: Layout) -> Iterator[Interval]:
    """Yield the lines of the histogram log, second by second; the whole run, so that any window can be summed up."""
    second = np.floor(layout.due).astype(np.int64)
    order = np.argsort(second, kind="stable")
    order = order[layout.offered[order]]
    starts = np.flatnonzero(np.diff(second[order], prepend=-1))
    for among in np.split(order, starts)[1:]:
        start_s = float(second[among[0]])
        for stage in layout.limits.stages:
            yield from _lines(layout, stage, among, start_s)


def _lines(layout: Layout, stage: Stage, among: Indices, start_s: float) -> Iterator[Interval]:
    expected = among if stage is Stage.ACKNOWLEDGED else among[layout.tracked[among]]
    took = layout.took(stage, expected)
    came = ~np.isnan(took)
    for tag, durations in ((str(stage), took[came]), (f"{stage}.at-least", layout.waited(expected[~came]))):
        if len(durations):
            yield Interval(tag, start_s, 1.0, Histogram.of(micros(durations)))
