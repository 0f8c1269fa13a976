"""A run laid out for its figures: when each request was due and how far it came, in seconds from the start. Pure.

A request belongs to the window of the instant at which it was due, whenever it comes back.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from services.replay.measure.stages import Stage
from services.replay.measure.timings import Flags, Indices, Seconds, Timings

BUDGET_MS: Final = 10.0
IN_TIME_S: Final = 1.0
# Who was offered in the last moment may take a second more.
_GRACE_S: Final = 1.0


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How a run is judged. `last` is the last stage that it waits for.

    A request handed over later than `in_time_s` after its instant is a failure; the generator's p99 beyond `budget_ms`
    makes the run generator-limited. `scheduled` is false at full speed, where no instant was intended: durations then
    count from the handing over, and no request is late.
    """

    warm_up_s: float = 0.0
    drain_limit_s: float = 60.0
    budget_ms: float = BUDGET_MS
    in_time_s: float = IN_TIME_S
    last: Stage = Stage.MAILED
    scheduled: bool = True

    @property
    def stages(self) -> list[Stage]:
        """The stages that are waited for, in order."""
        every = list(Stage)
        return every[: every.index(self.last) + 1]


class Layout:
    """The arrays of a run. `until_s` is where offering ended: the last instant, or earlier where it was aborted;
    `ended_s` where waiting ended.
    """

    def __init__(self, timings: Timings, limits: Limits, *, until_s: float, ended_s: float) -> None:
        self.limits = limits
        self.until_s, self.ended_s = until_s, ended_s
        self.handed: Seconds = timings.handed - timings.start_s
        self.at: dict[Stage, Seconds] = {stage: timings.at[stage] - timings.start_s for stage in limits.stages}
        self.rejected, self.tracked, self.repeats = timings.rejected, timings.tracked, timings.repeats
        self.instants = timings.instants
        self.due: Seconds = timings.instants if limits.scheduled else self._handed_or_end()
        # At full speed no instant says what was still to come when the run was ended early.
        self.offered: Flags = timings.instants <= until_s if limits.scheduled else ~np.isnan(self.handed)
        self.measured: Flags = self.offered & (self.due >= limits.warm_up_s)

    def _handed_or_end(self) -> Seconds:
        return np.where(np.isnan(self.handed), self.ended_s, self.handed)

    def expected(self, stage: Stage) -> Flags:
        """Which requests of the measured window must come to a stage: repeats have an effect only at the broker."""
        return self.measured if stage is Stage.ACKNOWLEDGED else self.measured & self.tracked

    @property
    def achieved(self) -> Flags:
        """Which of those expected came through the last stage while the run was offered, or a second after."""
        in_time: Flags = self.at[self.limits.last] <= self.until_s + _GRACE_S
        return in_time & self.expected(self.limits.last)

    def took(self, stage: Stage, among: Flags | Indices) -> Seconds:
        """Return how long requests took to a stage; nan = never came. Clocks that disagree give 0, not less."""
        took: Seconds = np.maximum(self.at[stage][among] - self.due[among], 0)
        return took

    def waited(self, among: Flags | Indices) -> Seconds:
        """Return for how long requests were waited for at most."""
        waited: Seconds = np.maximum(self.ended_s - self.due[among], 0)
        return waited

    @property
    def lateness(self) -> Seconds:
        """By how much each was handed over after it was due; for those never handed over, so far."""
        lateness: Seconds = np.maximum(self._handed_or_end() - self.due, 0)
        return lateness

    @property
    def finished(self) -> Seconds:
        """When each came through the last stage that it can come to; nan = not yet."""
        finished: Seconds = np.where(self.tracked, self.at[self.limits.last], self.at[Stage.ACKNOWLEDGED])
        return finished
