"""Percentiles over all that were expected: whoever never came back is slower than all who did, and at least as slow as
the run waited. Pure.
"""

from math import ceil
from typing import Final

import numpy as np

from services.replay.measure.figures import PERCENTILES, Quantile, StageFigures
from services.replay.measure.histograms import Histogram, micros
from services.replay.measure.timings import Seconds

_US_PER_MS: Final = 1_000


def stage_figures(took_s: Seconds, waited_s: Seconds) -> StageFigures:
    """Return the figures of a stage. `took_s` is nan where a request never came; `waited_s` is how long it was waited
    for. A rank among those that came is told as it is; one beyond them as "at least".
    """
    came = ~np.isnan(took_s)
    took, waits = micros(took_s[came]), np.sort(micros(waited_s[~came]))
    histogram = Histogram.of(took)
    every = Histogram.of(waits)
    every.merge(histogram)
    return StageFigures(
        expected=len(took_s),
        count=histogram.total,
        missing=len(waits),
        percentiles={name: quantile(histogram, every, percent) for name, percent in PERCENTILES.items()},
        mean_ms=_ms(float(took.mean())) if len(took) else 0.0,
        max_ms=_ms(histogram.max_us),
    )


def quantile(came: Histogram, every: Histogram, percent: float) -> Quantile:
    """Return the duration that so many per cent of all did not exceed; what never came took at least its wait."""
    if not every.total:
        return Quantile(ms=0.0)
    # The smallest value that so many per cent do not exceed: 99.9 % of 1,000 is the 999th, whatever floats say.
    rank = max(1, ceil(round(percent * every.total / 100, 6)))
    if rank <= came.total:
        return Quantile(ms=_ms(came.value_at_rank(rank)))
    return Quantile(ms=_ms(every.value_at_rank(rank)), at_least=True)


def percentile_ms(late_s: Seconds, percent: float) -> float:
    """Return a percentile of delays, in ms: the smallest that so many per cent do not exceed; 0 without any."""
    if not len(late_s):
        return 0.0
    return round(float(np.percentile(late_s, percent, method="inverted_cdf")) * 1000, 3)


def _ms(us: float) -> float:
    return round(us / _US_PER_MS, 3)
