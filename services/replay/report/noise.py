"""How far a figure of one run would vary if the run were done again, told from the run itself. Pure.

Block bootstrap: the measured seconds are cut into blocks of neighbours, so that a stall stays in one piece; then many
runs are put together from blocks drawn at random. What the middle of them span is the noise.
"""

from collections.abc import Sequence
from math import isqrt, sqrt
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.replay.measure.histograms import highest_at
from services.replay.report.durations import US_PER_MS, Cells, Durations

RESAMPLES: Final = 1_000
SEED_A: Final = 1
SEED_B: Final = 2
CONFIDENCE: Final = 99.0
BLOCK_COUNT_MIN: Final = 10
_AT_ONCE: Final = 50
_Z: Final = 2.5758
"""Of the normal distribution, for 99 per cent."""

Floats = NDArray[np.float64]


class Interval(NamedTuple):
    """From where to where a figure may lie."""

    low: float
    high: float


def block_count(second_count: int) -> int:
    """Return into how many blocks so many seconds are cut: blocks of half the square root of their number."""
    return second_count // max(1, round(isqrt(second_count) / 2))


def drawn(count: int, seed: int) -> Floats:
    """Return for each resample how often each of `count` blocks is in it."""
    # Reproducible on purpose: the same two runs compare alike on every machine.
    return np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), RESAMPLES).astype(np.float64)


def resampled_means(per_second: Sequence[int], seed: int) -> Floats:
    """Return the mean of a series in each resample."""
    blocks = np.array_split(np.asarray(per_second, dtype=np.float64), block_count(len(per_second)))
    sums, lengths = np.array([each.sum() for each in blocks]), np.array([len(each) for each in blocks])
    weights = drawn(len(blocks), seed)
    means: Floats = (weights @ sums) / (weights @ lengths)
    return means


def resampled_percentiles(stage: Durations, seconds: range, percents: Sequence[float], seed: int) -> Floats:
    """Return the percentiles of a stage in ms: one row for each resample, one column for each of `percents`."""
    places, counts = _by_block(stage, seconds)
    values = np.array([highest_at(int(place)) for place in places]) / US_PER_MS
    weights = drawn(len(counts), seed)
    return np.concatenate(
        [_percentiles(part @ counts, values, percents) for part in np.split(weights, RESAMPLES // _AT_ONCE)]
    )


def _by_block(stage: Durations, seconds: range) -> tuple[NDArray[np.int64], Floats]:
    """Return the places in use, and for each block how many requests there are at each; those that never came count
    with how long they were waited for.
    """
    inside = [_inside(cells, seconds) for cells in (stage.came, stage.never)]
    second, place, count = (np.concatenate(arrays) for arrays in zip(*inside, strict=True))
    places, column = np.unique(place, return_inverse=True)
    blocks = block_count(len(seconds))
    row = (second - seconds.start) * blocks // len(seconds)
    flat = np.bincount(row * len(places) + column, count.astype(np.float64), blocks * len(places))
    return places, flat.reshape(blocks, len(places))


def _inside(cells: Cells, seconds: range) -> Cells:
    first, last = np.searchsorted(cells.second, [seconds.start, seconds.stop])
    return Cells(*(array[first:last] for array in cells))


def _percentiles(counts: Floats, values: Floats, percents: Sequence[float]) -> Floats:
    summed = np.cumsum(counts, axis=1)
    totals = summed[:, -1]
    ranks = [np.maximum(1, np.ceil(np.round(totals * percent / 100, 6))) for percent in percents]
    # A resample of empty blocks alone has no percentile; its first place stands for it.
    return np.column_stack([values[np.argmax(summed >= rank[:, None], axis=1)] for rank in ranks])


def middle(values: Floats) -> Interval:
    """Return what the middle CONFIDENCE per cent of values span."""
    tail = (100 - CONFIDENCE) / 2
    low, high = np.percentile(values, [tail, 100 - tail])
    return Interval(float(low), float(high))


def share_interval(part: int, whole: int) -> Interval:
    """Return where the true share may lie when so many of a whole were counted (Wilson's interval)."""
    if not whole:
        return Interval(0.0, 1.0)
    share, spread = part / whole, _Z**2 / whole
    centre = (share + spread / 2) / (1 + spread)
    reach = _Z * sqrt(share * (1 - share) / whole + spread / (4 * whole)) / (1 + spread)
    return Interval(max(0.0, centre - reach), min(1.0, centre + reach))
