"""The percentiles at which a distribution is shown: as HdrHistogram, so many for each halving of the rest. Pure."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from services.replay.measure.figures import Quantile
from services.replay.report.durations import Spread

TICKS_PER_HALVING: Final = 5
TICKS_IN_TABLE: Final = 2
LEVEL_COUNT_MAX: Final = 400


class Point(NamedTuple):
    """A place on the curve."""

    percent: float
    value: Quantile


def levels(total: int, ticks: int) -> Iterator[float]:
    """Yield percentiles from 0 up: `ticks` for each halving of the distance to 100, while a request is beyond them."""
    percent, step = 0.0, 50.0 / ticks
    for index in range(LEVEL_COUNT_MAX):
        if index and not index % ticks:
            step /= 2
        if (100 - percent) / 100 * total < 1:
            return
        yield percent
        percent += step


def curve(spread: Spread) -> list[Point]:
    """Return the curve of a distribution, its last point the slowest request of all."""
    total = spread.every.total
    points = [Point(percent, spread.at(percent)) for percent in levels(total, TICKS_PER_HALVING)]
    return [*points, Point(100.0, spread.at(100.0))]
