"""Histograms: the same counts as the library's, whose readers read our log."""

from pathlib import Path

import numpy as np
from hdrh.histogram import HdrHistogram
from hdrh.log import HistogramLogReader
from hypothesis import given, settings
from hypothesis import strategies as st

from services.replay.measure.histograms import HIGHEST_US, Histogram, Interval, micros, read_log, write_log

VALUES = st.lists(st.integers(min_value=0, max_value=HIGHEST_US), min_size=1, max_size=50)
PERCENTS = (50, 90, 99, 99.9, 100)
# The library is plain Python, and the machine may be busy.
PATIENT = settings(deadline=None, max_examples=40)


def library(values: list[int]) -> HdrHistogram:
    made = HdrHistogram(1, HIGHEST_US, 3)
    for value in values:
        assert made.record_value(value)
    return made


@PATIENT
@given(VALUES)
def test_counts_are_those_of_the_library(values: list[int]) -> None:
    ours, theirs = Histogram.of(np.array(values)), library(values)
    found = {int(index): int(ours.counts[index]) for index in np.flatnonzero(ours.counts)}
    assert found == {index: count for index, count in enumerate(theirs.counts) if count}


@PATIENT
@given(VALUES)
def test_percentiles_are_those_of_the_library(values: list[int]) -> None:
    ours, theirs = Histogram.of(np.array(values)), library(values)
    for percent in PERCENTS:
        rank = theirs.get_target_count_at_percentile(percent)
        assert ours.value_at_rank(rank) == min(theirs.get_value_at_percentile(percent), max(values))


@PATIENT
@given(VALUES, VALUES)
def test_merged_is_counted_together(first: list[int], second: list[int]) -> None:
    merged = Histogram.of(np.array(first))
    merged.merge(Histogram.of(np.array(second)))
    together = Histogram.of(np.array(first + second))
    assert (merged.counts == together.counts).all()
    assert (merged.total, merged.max_us) == (together.total, together.max_us)


def test_log_comes_back_as_it_was(tmp_path: Path) -> None:
    lines = [Interval(tag, second, 1.0, Histogram.of(np.arange(1000) * 777)) for second in (0.0, 5.0) for tag in "ab"]
    write_log(tmp_path / "latency.hlog", 1_790_000_000.5, ["a comment"], lines)
    read = list(read_log(tmp_path / "latency.hlog"))
    assert [line[:3] for line in read] == [line[:3] for line in lines]
    assert all((a.histogram.counts == b.histogram.counts).all() for a, b in zip(read, lines, strict=True))


def test_reader_of_the_library_sums_a_window_up(tmp_path: Path) -> None:
    lines = [Interval("committed", float(second), 1.0, Histogram.of(np.array([1000]))) for second in range(10)]
    write_log(tmp_path / "latency.hlog", 1_790_000_000.0, [], lines)
    reader, total = HistogramLogReader(str(tmp_path / "latency.hlog"), HdrHistogram(1, HIGHEST_US, 3)), 0
    while (interval := reader.get_next_interval_histogram(range_start_time_sec=4.0)) is not None:
        total += interval.get_total_count()
    reader.close()
    assert total == 6


def test_what_is_beyond_an_hour_counts_as_an_hour() -> None:
    assert micros(np.array([-0.5, 0.0015, 9_999.0])).tolist() == [0, 1_500, HIGHEST_US]
