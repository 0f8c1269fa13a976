"""HdrHistograms (1 µs to 1 h, three digits) filled from arrays at once, and the log that keeps them losslessly.

The counts are laid out as HdrHistogram lays them out, so that any tool of that family reads `latency.hlog`.
"""

import ctypes
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from hdrh.histogram import HdrHistogram
from hdrh.log import HistogramLogReader
from numpy.typing import NDArray

LOWEST_US: Final = 1
HIGHEST_US: Final = 3_600_000_000
DIGITS: Final = 3
US_PER_S: Final = 1_000_000
_US_PER_MS: Final = 1_000

# 2,048 sub-buckets tell values apart to three digits; each further bucket doubles the range with half as many new ones.
_HALF_MAGNITUDE: Final = 10
_HALF_COUNT: Final = 1 << _HALF_MAGNITUDE
_MASK: Final = 2 * _HALF_COUNT - 1

Counts = NDArray[np.int64]
Micros = NDArray[np.int64]


def micros(seconds: NDArray[np.float64]) -> Micros:
    """Return durations in whole microseconds, as the histogram holds them: at least 0, at most an hour."""
    scaled = seconds * US_PER_S
    np.rint(scaled, out=scaled)
    return np.clip(scaled, 0, HIGHEST_US, out=scaled).astype(np.int64)


def index_of(values_us: Micros) -> Micros:
    """Return the place of each value among the counts."""
    bits = np.frexp((values_us | _MASK).astype(np.float64))[1].astype(np.int64)
    bucket = bits - (_HALF_MAGNITUDE + 1)
    return ((bucket + 1) << _HALF_MAGNITUDE) + (values_us >> bucket) - _HALF_COUNT


def highest_at(index: int) -> int:
    """Return the highest value that is counted at a place."""
    bucket = max(0, (index >> _HALF_MAGNITUDE) - 1)
    lowest = (index - (bucket << _HALF_MAGNITUDE)) << bucket
    return lowest + (1 << bucket) - 1


COUNT_MAX: Final = int(index_of(np.array([HIGHEST_US]))[0]) + 1


class Histogram:
    """Counts of durations in microseconds."""

    def __init__(self) -> None:
        self.counts: Counts = np.zeros(COUNT_MAX, dtype=np.int64)
        self.total = 0
        self.max_us = 0

    @classmethod
    def of(cls, values_us: Micros) -> "Histogram":
        """Count values."""
        made = cls()
        made.add(values_us)
        return made

    def add(self, values_us: Micros) -> None:
        """Count further values."""
        if len(values_us):
            self.counts += np.bincount(index_of(values_us), minlength=COUNT_MAX)
            self.total += len(values_us)
            self.max_us = max(self.max_us, int(values_us.max()))

    def merge(self, other: "Histogram") -> None:
        """Count what another histogram counted."""
        self.counts += other.counts
        self.total += other.total
        self.max_us = max(self.max_us, other.max_us)

    def value_at_rank(self, rank: int) -> int:
        """Return the value of the `rank`-th smallest, 1 to `total`: as HdrHistogram, the highest that it can be."""
        assert 1 <= rank <= self.total
        found = int(np.searchsorted(np.cumsum(self.counts), rank))
        return min(highest_at(found), self.max_us)


class Interval(NamedTuple):
    """One line of a log: whose durations (a stage), when, and the histogram. Seconds are from the log's start."""

    tag: str
    start_s: float
    length_s: float
    histogram: Histogram


def write_log(path: Path, start_epoch_s: float, comments: Iterable[str], intervals: Iterable[Interval]) -> None:
    """Write a histogram log, format 1.3: interval maxima in milliseconds, values in microseconds."""
    scratch = _Scratch()
    with path.open("w", encoding="ascii") as log:
        log.write("#[Histogram log format version 1.3]\n")
        log.writelines(f"#{comment}\n" for comment in comments)
        log.write(f"#[StartTime: {start_epoch_s:.3f} (seconds since epoch)]\n")
        log.write(f"#[BaseTime: {start_epoch_s:.3f} (seconds since epoch)]\n")
        log.write('"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"\n')
        for each in intervals:
            max_ms = each.histogram.max_us / _US_PER_MS
            encoded = scratch.encoded(each.histogram)
            log.write(f"Tag={each.tag},{each.start_s:.3f},{each.length_s:.3f},{max_ms:.3f},{encoded}\n")


def read_log(path: Path) -> Iterator[Interval]:
    """Yield the intervals of a log. `max_us` is as exact as the histogram: three digits."""
    reader = HistogramLogReader(str(path), _library_histogram())
    try:
        while (read := reader.get_next_interval_histogram()) is not None:
            start_s = read.get_start_time_stamp() / 1000 - reader.base_time_sec
            length_s = (read.get_end_time_stamp() - read.get_start_time_stamp()) / 1000
            yield Interval(read.get_tag() or "", round(start_s, 3), round(length_s, 3), _taken(read))
    finally:
        reader.close()


def _library_histogram() -> Any:  # noqa: ANN401 - hdrh has no types
    return HdrHistogram(LOWEST_US, HIGHEST_US, DIGITS)


def _view(of: Any) -> Counts:  # noqa: ANN401
    counts = of.encoder.get_counts()
    return np.frombuffer((ctypes.c_int64 * len(counts)).from_buffer(counts), dtype=np.int64)


def _taken(read: Any) -> Histogram:  # noqa: ANN401
    made = Histogram()
    held = _view(read)[:COUNT_MAX]
    made.counts[: len(held)] = held
    made.total = int(read.get_total_count())
    made.max_us = int(read.get_max_value()) if made.total else 0
    return made


class _Scratch:
    """One histogram of the library, used again for each line: it is large, and the encoder is the library's."""

    def __init__(self) -> None:
        self._histogram = _library_histogram()
        self._counts = _view(self._histogram)

    def encoded(self, histogram: Histogram) -> str:
        self._counts[:COUNT_MAX] = histogram.counts
        self._histogram.total_count = histogram.total
        self._histogram.max_value = histogram.max_us
        text: str = self._histogram.encode().decode("ascii")
        return text
