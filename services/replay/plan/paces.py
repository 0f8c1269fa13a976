"""The paces at which a recording can be played: its own, or one made for it. Each is data; `timeline` makes instants.

A rate is in records a second and counts all topics and partitions together.
"""

from typing import Annotated, Final, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, model_validator

SPEED_MIN: Final = 0.1
SPEED_MAX: Final = 1000.0
RATE_MAX: Final = 10_000_000.0
PERIOD_S_MAX: Final = 366 * 86_400.0

Rate = Annotated[float, Field(ge=0, le=RATE_MAX)]
PositiveRate = Annotated[float, Field(gt=0, le=RATE_MAX)]
Period = Annotated[float, Field(gt=0, le=PERIOD_S_MAX)]


class _Pace(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Original(_Pace):
    """The gaps of the recording, divided by `speed`. A pause longer than `pause_s_max` in the recording counts as
    `pause_s_max`.
    """

    kind: Literal["original"] = "original"
    speed: float = Field(1.0, ge=SPEED_MIN, le=SPEED_MAX)
    pause_s_max: Annotated[float, Field(ge=0, le=PERIOD_S_MAX)] | None = None


class FullSpeed(_Pace):
    """As fast as possible: every instant is zero."""

    kind: Literal["full-speed"] = "full-speed"


class Steady(_Pace):
    """Evenly spaced."""

    kind: Literal["steady"] = "steady"
    per_s: PositiveRate


class Ramp(_Pace):
    """From one rate to another in a straight line, and then on at that rate until the records are used up."""

    kind: Literal["ramp"] = "ramp"
    from_per_s: Rate
    to_per_s: PositiveRate
    over_s: Period


class Level(NamedTuple):
    """A rate and how long it holds. A rate of zero is a pause."""

    per_s: Rate
    for_s: Period


class Step(_Pace):
    """Levels one after the other. The timeline ends with the last level: records left over are not sent."""

    kind: Literal["step"] = "step"
    levels: tuple[Level, ...] = Field(min_length=1, max_length=1000)

    @model_validator(mode="after")
    def _something_is_sent(self) -> "Step":
        if not any(level.per_s for level in self.levels):
            raise ValueError("every level is a pause: nothing would be sent")
        return self


class Spike(_Pace):
    """A base rate with one peak, `at_s` seconds after the start and for `for_s` seconds."""

    kind: Literal["spike"] = "spike"
    base_per_s: PositiveRate
    peak_per_s: PositiveRate
    at_s: Annotated[float, Field(ge=0, le=PERIOD_S_MAX)]
    for_s: Period


class Poisson(_Pace):
    """Arrivals of people who do not know of each other: exponential gaps, the same ones for the same seed."""

    kind: Literal["poisson"] = "poisson"
    per_s: PositiveRate


Pace = Annotated[Original | FullSpeed | Steady | Ramp | Step | Spike | Poisson, Field(discriminator="kind")]
