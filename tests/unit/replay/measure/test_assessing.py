"""Figures of a run: windows, failures, percentiles of what never came back, lag, and a stall as it must show."""

from pathlib import Path

import numpy as np
import pytest

from services.replay.measure.assessing import assess, intervals
from services.replay.measure.histograms import Histogram, read_log, write_log
from services.replay.measure.stages import Stage
from tests.unit.replay.measure.arrays import START_S, layout, run


def test_clean_run_has_no_failures() -> None:
    timings = run(100)
    found = assess(layout(timings), timings)
    assert (found.counts.offered, found.counts.mailed, found.counts.failed) == (100, 100, 0)
    assert found.windows.drained


def test_warm_up_is_kept_apart() -> None:
    timings = run(100)
    timings.at[Stage.COMMITTED][:20] += 5
    found = assess(layout(timings, warm_up_s=2.0), timings)
    assert (found.counts.offered, found.counts.warm_up) == (80, 20)
    assert found.stages[Stage.COMMITTED].max_ms == pytest.approx(100, abs=0.1)


def test_each_way_to_fail_counts_once() -> None:
    timings = run(10)
    timings.handed[0] = np.nan
    for stage in Stage:
        timings.at[stage][0] = np.nan
    timings.handed[1] += 1.5
    timings.at[Stage.ACKNOWLEDGED][2] = np.nan
    timings.at[Stage.COMMITTED][3] = timings.at[Stage.MAILED][3] = np.nan
    counts = assess(layout(timings), timings).counts
    assert (counts.sent, counts.late, counts.acknowledged, counts.never_came_back) == (9, 1, 8, 1)
    assert counts.failed == 4


def test_run_that_waits_for_the_ledger_alone_misses_no_mail() -> None:
    timings = run(10)
    timings.at[Stage.MAILED][:] = np.nan
    found = assess(layout(timings, last=Stage.COMMITTED), timings)
    assert (found.counts.failed, list(found.stages)) == (0, [Stage.ACKNOWLEDGED, Stage.COMMITTED])


def test_percentile_on_what_never_came_back_is_at_least_the_wait() -> None:
    timings = run(100)
    timings.at[Stage.COMMITTED][98:] = np.nan
    figures = assess(layout(timings, ended_s=30.0), timings).stages[Stage.COMMITTED]
    assert (figures.missing, str(figures.percentiles["p90"])) == (2, "100.0 ms")
    assert figures.percentiles["p99"].at_least
    assert figures.percentiles["p99"].ms == pytest.approx((30.0 - 9.9) * 1000, rel=0.001)


def test_stall_shows_in_its_share_of_the_requests() -> None:
    timings = run(1000, per_s=100.0, took_s=0.01)
    stalled = (timings.instants >= 5) & (timings.instants < 7)
    timings.at[Stage.COMMITTED][stalled] = START_S + 7.01
    figures = assess(layout(timings), timings).stages[Stage.COMMITTED]
    # 200 of 1,000 wait 2 s down to nothing: p90 lies half-way through the stall, p99 a tenth from its longest wait.
    assert figures.percentiles["p50"].ms == pytest.approx(10, rel=0.01)
    assert figures.percentiles["p90"].ms == pytest.approx(1010, rel=0.02)
    assert figures.percentiles["p99"].ms == pytest.approx(1910, rel=0.02)


def test_duration_counts_from_the_instant_due_however_late_it_was_sent() -> None:
    timings = run(100)
    timings.handed[:] += 0.5
    for stage in Stage:
        timings.at[stage][:] += 0.5
    assert assess(layout(timings), timings).stages[Stage.COMMITTED].percentiles["p50"].ms == pytest.approx(
        600, rel=0.001
    )


def test_generator_that_is_late_is_the_limit() -> None:
    timings = run(100)
    timings.handed[:2] += 0.5
    generator = assess(layout(timings, budget_ms=10), timings).generator
    assert (generator.limited, generator.late_p50_ms) == (True, 0.0)
    assert generator.late_p99_ms == pytest.approx(500, rel=0.001)


def test_full_speed_has_no_schedule_to_be_late_for() -> None:
    timings = run(100)
    timings.instants[:] = 0.0
    timings.handed[:] = START_S + np.arange(100) / 10
    found = assess(layout(timings, scheduled=False, ended_s=12.0), timings)
    assert (found.generator.budget_ms, found.generator.limited, found.counts.late) == (None, False, 0)
    assert found.stages[Stage.COMMITTED].max_ms == pytest.approx(100, abs=0.1)


def test_what_was_never_sent_at_full_speed_was_not_offered() -> None:
    timings = run(100)
    timings.instants[:] = 0.0
    timings.handed[:60] = START_S + np.arange(60) / 10
    timings.handed[60:] = np.nan
    for stage in Stage:
        timings.at[stage][60:] = np.nan
    counts = assess(layout(timings, scheduled=False, ended_s=12.0), timings).counts
    assert (counts.offered, counts.failed) == (60, 0)


def test_lag_is_the_age_of_the_oldest_open_request() -> None:
    timings = run(50)
    timings.at[Stage.COMMITTED][12] = START_S + 4.5
    series = assess(layout(timings, ended_s=6.0), timings).series
    assert series.lag_s == pytest.approx([0, 0.8, 1.8, 2.8, 0, 0], abs=0.11)
    assert sum(series.committed) == sum(series.offered) == 50


def test_in_flight_counts_what_was_sent_and_is_not_through() -> None:
    timings = run(30, took_s=0.05)
    timings.at[Stage.MAILED][25] = np.nan
    assert assess(layout(timings, ended_s=4.0), timings).series.in_flight[-2:] == [1, 1]


def test_run_is_not_drained_while_what_was_refused_is_missing() -> None:
    timings = run(10)
    timings.refused[3] = True
    timings.at[Stage.MAILED][3] = np.nan
    assert not assess(layout(timings), timings).windows.drained


def test_repeats_and_foreign_records_need_no_more_than_the_broker() -> None:
    timings = run(10)
    timings.tracked[[4, 5]] = False
    timings.ids[5] = 0
    for stage in (Stage.COMMITTED, Stage.MAILED):
        timings.at[stage][[4, 5]] = np.nan
    found = assess(layout(timings), timings)
    assert (found.counts.repeats, found.counts.untracked, found.counts.failed) == (1, 1, 0)
    assert (found.stages[Stage.COMMITTED].expected, found.stages[Stage.COMMITTED].missing) == (8, 0)


def test_log_sums_up_to_the_figures(tmp_path: Path) -> None:
    timings = run(100)
    timings.at[Stage.COMMITTED][50:] = np.nan
    write_log(tmp_path / "latency.hlog", START_S, [], intervals(layout(timings)))
    totals: dict[str, Histogram] = {}
    for line in read_log(tmp_path / "latency.hlog"):
        totals.setdefault(line.tag, Histogram()).merge(line.histogram)
    assert {tag: histogram.total for tag, histogram in totals.items()} == {
        "acknowledged": 100,
        "committed": 50,
        "committed.at-least": 50,
        "mailed": 100,
    }
