"""Small runs for the tests of the measurement: requests evenly spaced, all well unless a test says otherwise."""

from typing import Any

import numpy as np

from services.replay.measure.stages import Stage
from services.replay.measure.timings import Timings
from services.replay.measure.windows import Layout, Limits

START_S = 1_790_000_000.0


def run(count: int, *, per_s: float = 10.0, took_s: float = 0.1) -> Timings:
    """Return a run in which each stage came `took_s` after the instant, and the handing over on it."""
    timings = Timings(np.arange(count) / per_s, np.arange(1, count + 1, dtype=np.uint64))
    timings.begin(START_S)
    timings.handed[:] = timings.due
    for stage in Stage:
        timings.at[stage][:] = timings.due + took_s
    return timings


def layout(timings: Timings, *, ended_s: float | None = None, **limits: Any) -> Layout:  # noqa: ANN401 - as Limits
    """Lay a run out; waiting ended a second after the last instant unless told otherwise."""
    last = float(timings.instants[-1])
    return Layout(timings, Limits(**limits), until_s=last, ended_s=last + 1 if ended_s is None else ended_s)
