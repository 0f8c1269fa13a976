"""The durations of a run as its histogram log keeps them, second by second, so that any stretch can be summed up.

Only the places that hold something are kept: an hour of three stages is some megabytes.
"""

import zlib
from collections import defaultdict
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from hdrh.codec import HdrCookieException, HdrHistogramSettingsException, HdrLengthException
from numpy.typing import NDArray

from services.replay.measure.figures import Quantile
from services.replay.measure.histograms import COUNT_MAX, Histogram, highest_at, read_log
from services.replay.measure.quantiles import quantile
from services.replay.measure.stages import Stage
from services.replay.outcome import Unusable

FILE_NAME: Final = "latency.hlog"
AT_LEAST: Final = ".at-least"
US_PER_MS: Final = 1_000
# What the library raises at a line that is cut off or changed: it has no error of its own for all of them.
_BROKEN: Final = (
    HdrCookieException,
    HdrHistogramSettingsException,
    HdrLengthException,
    IndexError,
    TypeError,
    ValueError,
    zlib.error,
)

Ints = NDArray[np.int64]


class Spread(NamedTuple):
    """The durations of a stretch: of those that `came`, and of `every` one, with the wait of those that never came."""

    came: Histogram
    every: Histogram

    def at(self, percent: float) -> Quantile:
        """Return the smallest duration that so many per cent of all did not exceed. Needs at least one."""
        return quantile(self.came, self.every, percent)


class Cells(NamedTuple):
    """Counts of one tag: in which second, at which place of the histogram, how many times; sorted by second."""

    second: Ints
    place: Ints
    many: Ints

    def histogram(self, from_s: float, to_s: float) -> Histogram:
        """Sum up the whole seconds that begin in [from_s, to_s)."""
        first, last = np.searchsorted(self.second, [from_s, to_s])
        made = Histogram()
        if first < last:
            places = self.place[first:last]
            weights = self.many[first:last].astype(np.float64)
            made.counts = np.bincount(places, weights, COUNT_MAX).astype(np.int64)
            made.total = int(self.many[first:last].sum())
            made.max_us = highest_at(int(places.max()))
        return made


class Durations(NamedTuple):
    """One stage: those that came, and those that never came with how long they were waited for."""

    came: Cells
    never: Cells

    def within(self, from_s: float, to_s: float) -> Spread:
        """Sum up the requests that were due in the whole seconds that begin in [from_s, to_s)."""
        came = self.came.histogram(from_s, to_s)
        every = self.never.histogram(from_s, to_s)
        every.merge(came)
        return Spread(came, every)


def read_durations(folder: Path) -> dict[Stage, Durations]:
    """Read the histogram log of a run; stages without a line are left out. Raises Unusable."""
    found: dict[str, list[Cells]] = defaultdict(list)
    path = folder / FILE_NAME
    try:
        for each in read_log(path):
            place = np.flatnonzero(each.histogram.counts)
            second = np.full(len(place), int(each.start_s), dtype=np.int64)
            found[each.tag].append(Cells(second, place, each.histogram.counts[place]))
    except OSError as error:
        raise Unusable(f"{path} cannot be read: {error.strerror}; the report needs the whole folder of a run") from None
    except _BROKEN as error:
        raise Unusable(f"{path} is not a whole histogram log: {type(error).__name__}: {error}") from None
    return {
        stage: Durations(_joined(found[stage]), _joined(found[stage + AT_LEAST]))
        for stage in Stage
        if found[stage] or found[stage + AT_LEAST]
    }


def _joined(lines: list[Cells]) -> Cells:
    if not lines:
        nothing = np.empty(0, dtype=np.int64)
        return Cells(nothing, nothing, nothing)
    second, place, count = (np.concatenate(arrays) for arrays in zip(*lines, strict=True))
    order = np.argsort(second, kind="stable")
    return Cells(second[order], place[order], count[order])
