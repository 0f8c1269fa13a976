"""From a scenario's rate over time to instants: each request gets one, and their density follows the curve. Pure."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.replay.scenarios.parts import Arrivals, Outage

_STEP_S: Final = 1.0
_STEP_COUNT_MIN: Final = 1_000


def instants_ms(arrivals: Arrivals, links: int, units: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return a millisecond from the start for each number from 0 to 1: the time by which that part of all has come."""
    duration_s = arrivals.duration_s
    quiet = arrivals.quiet_per_s(links)
    count = max(_STEP_COUNT_MIN, int(duration_s / _STEP_S)) + 1
    seconds = np.arange(count) * (duration_s / (count - 1))
    heights = np.interp(seconds, [point[0] for point in arrivals.shape], [point[1] for point in arrivals.shape])
    rates = quiet + (arrivals.peak_per_s - quiet) * heights
    come = np.concatenate(([0.0], np.cumsum((rates[1:] + rates[:-1]) / 2)))
    return np.asarray(np.interp(units, come / come[-1], seconds) * 1000).astype(np.int64)


def published_ms(outage: Outage | None, at_ms: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return when what happened at these milliseconds reaches Kafka: after an outage in the old order, close together.

    What comes while the rest is being caught up waits its turn too, so that nothing overtakes.
    """
    if outage is None:
        return at_ms
    begin, end, drain = (round(seconds * 1000) for seconds in (outage.at_s, outage.at_s + outage.for_s, outage.drain_s))
    happened = [begin, end, end + 2 * drain]
    told = [end, end + drain, end + 2 * drain]
    late = (at_ms >= begin) & (at_ms < end + 2 * drain)
    return np.where(late, np.interp(at_ms, happened, told).astype(np.int64), at_ms)
