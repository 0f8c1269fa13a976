"""The numbers of a run: counts, windows, one number for each second, percentiles of each stage, the generator's own.

All durations of requests are milliseconds from the intended instant; all places in time are seconds from the start.
"""

from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from services.replay.measure.stages import Stage

PERCENTILES: Final = {
    "p50": 50.0,
    "p90": 90.0,
    "p95": 95.0,
    "p99": 99.0,
    "p99.9": 99.9,
    "p99.99": 99.99,
    "max": 100.0,
}


class Part(BaseModel):
    """A part of a result: frozen; what a later version adds is passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Counts(Part):
    """How many requests of the measured window (warm-up left out) came how far.

    `failed` are those not sent, sent too late, refused by the broker, or not come back through every stage that the run
    waited for: each once. `repeats` share their id with an earlier one and can have no effect of their own.
    `expected` can come through the last stage waited for; `achieved` of them did while the run was offered.
    """

    offered: int
    sent: int
    sent_in_time: int
    late: int
    acknowledged: int
    committed: int
    committed_by_status: dict[str, int]
    mailed: int
    never_came_back: int
    failed: int
    repeats: int
    untracked: int = 0
    warm_up: int = 0
    copies: int = 0
    expected: int = 0
    achieved: int = 0


class Windows(Part):
    """The three windows, in seconds from the start: [0, warm_up_s), [warm_up_s, measured_s), [measured_s, drained_s).

    A request belongs to the window of its intended instant, whenever it comes back. `drain_limit_s` is how long the
    run would have waited after the last instant; `drained` says whether all came back within it.
    """

    warm_up_s: float
    measured_s: float
    drained_s: float
    drain_limit_s: float
    drained: bool


class Series(Part):
    """One number for each second of the run. `in_flight`: sent and not yet through the last stage waited for, at the
    second's end. `lag_s`: the age of the oldest request due and not yet committed, at the second's end.
    """

    offered: list[int]
    sent: list[int]
    acknowledged: list[int]
    committed: list[int]
    mailed: list[int]
    in_flight: list[int]
    lag_s: list[float]


class Quantile(Part):
    """A percentile in milliseconds. `at_least`: it falls on requests that never came back; the truth is beyond it."""

    ms: float
    at_least: bool = False

    def __str__(self) -> str:
        return f"{'> ' if self.at_least else ''}{self.ms:,.1f} ms"


class StageFigures(Part):
    """One stage in the measured window. Percentiles are over `expected`: whoever never came back counts as slowest.

    `mean_ms` and `max_ms` are of the `count` that came; `percentiles` has the keys of PERCENTILES.
    """

    expected: int
    count: int
    missing: int
    percentiles: dict[str, Quantile]
    mean_ms: float
    max_ms: float


class Generator(Part):
    """How well the generator kept to its own timeline. `limited`: its p99 is beyond the budget, and no verdict on the
    system can be had. Without a schedule (full speed) there is no budget.
    """

    late_p50_ms: float
    late_p99_ms: float
    late_max_ms: float
    budget_ms: float | None
    limited: bool
    cpu_us_per_record: float | None = None


class ClockCheck(Part):
    """By stage the smallest (seen here less stamped there) of the run in ms; below zero, the clocks disagree."""

    smallest_ms: dict[Stage, float] = Field(default_factory=dict)
    warnings: list[str] = Field(default_factory=list)
