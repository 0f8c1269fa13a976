"""The series: one number for each second of a run. Pure."""

from math import ceil

import numpy as np
from numpy.typing import NDArray

from services.replay.measure.figures import Series
from services.replay.measure.stages import Stage
from services.replay.measure.timings import Seconds
from services.replay.measure.windows import Layout


def series_of(layout: Layout) -> Series:
    """Return the series of a run, from its start to the end of its drain."""
    count = max(1, ceil(layout.ended_s))
    due, handed = layout.due[layout.offered], layout.handed
    at = {stage: layout.at.get(stage, np.empty(0)) for stage in Stage}
    flying = np.cumsum(_per_second(handed, count)) - np.cumsum(_per_second(layout.finished, count))
    return Series(
        offered=_per_second(due, count).tolist(),
        sent=_per_second(handed, count).tolist(),
        acknowledged=_per_second(at[Stage.ACKNOWLEDGED], count).tolist(),
        committed=_per_second(at[Stage.COMMITTED], count).tolist(),
        mailed=_per_second(at[Stage.MAILED], count).tolist(),
        in_flight=np.maximum(flying, 0).tolist(),
        lag_s=_lags(layout, count),
    )


def _per_second(moments: Seconds, count: int) -> NDArray[np.int64]:
    known = moments[~np.isnan(moments)]
    # Before the start: a clock that disagrees. After the end: seen while the last word was being waited for.
    return np.bincount(np.clip(known, 0, count - 0.5).astype(np.int64), minlength=count)


def _lags(layout: Layout, count: int) -> list[float]:
    """Return for each second's end the age of the oldest request due and not yet committed (or acknowledged, where
    that is the last stage).
    """
    stage = Stage.COMMITTED if Stage.COMMITTED in layout.at else Stage.ACKNOWLEDGED
    among = layout.offered & layout.tracked
    due, came = layout.due[among], layout.at[stage][among]
    order = np.argsort(due, kind="stable")
    due = due[order]
    # Who comes after a request that is still open is behind it: the running maximum finds the first open one at once.
    open_until = np.maximum.accumulate(np.where(np.isnan(came[order]), np.inf, came[order]))
    ends = np.arange(1, count + 1, dtype=np.float64)
    first_open = np.searchsorted(open_until, ends, side="right")
    oldest = np.append(due, np.inf)[first_open]
    return [round(float(lag), 3) for lag in np.maximum(ends - oldest, 0)]
