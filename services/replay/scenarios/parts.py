"""The parts of a scenario file, each with its bounds: where, when, what goes wrong, how fast people are.

Each says in words what cannot be of itself; what cannot be of all together is said by the scenario.
"""

from datetime import UTC, datetime
from typing import Annotated, Final, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from services.contract.fields import CourtId

COPIES_EACH_MAX: Final = 16
PROOF_AGE_S_MAX: Final = 600
"""After ten minutes the linker takes a proof no more."""
_DURATION_S_MAX: Final = 7 * 86_400
_COURTS_EACH_MAX: Final = 8
_ROUND: Final = 1e-9

_FIRST_YEAR: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_YEAR: Final = datetime(3000, 1, 1, tzinfo=UTC)

Start = Annotated[AwareDatetime, Field(ge=_FIRST_YEAR, lt=_LAST_YEAR)]
"""When a stream begins."""
Share = Annotated[float, Field(ge=0, le=1)]
Seconds = Annotated[float, Field(ge=0, le=86_400)]


class Part(BaseModel):
    """A frozen set of fields that knows no others."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Span(Part):
    """From `least` to `most` seconds, each as likely as the other."""

    least: Seconds
    most: Seconds

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.most <= self.least:
            raise ValueError(f"most ({self.most:g}) must be above least ({self.least:g})")
        return self


class Courts(Part):
    """Where people file. No `ids`: every court of the registry. Courts in `not_live` have no go-live instant."""

    ids: tuple[CourtId, ...] = ()
    weights: dict[CourtId, Annotated[int, Field(ge=1, le=1_000)]] = {}
    each: Annotated[int, Field(ge=1, le=_COURTS_EACH_MAX)] = 1
    live_for_s: Annotated[int, Field(ge=0, le=10 * 365 * 86_400)] = 3_600
    not_live: tuple[CourtId, ...] = ()


class Arrivals(Part):
    """When requests come: the expected rate is a line through `shape`, points of a second and a height.

    Height 1 is `peak_per_s`; height 0 is the quiet rate, which follows from the number of links.
    """

    duration_s: Annotated[float, Field(ge=1, le=_DURATION_S_MAX)]
    peak_per_s: Annotated[float, Field(gt=0, le=1_000_000)]
    shape: Annotated[tuple[tuple[float, Share], ...], Field(min_length=2)]

    @model_validator(mode="after")
    def _a_curve(self) -> Self:
        seconds = [second for second, _ in self.shape]
        if seconds[0] != 0 or seconds[-1] != self.duration_s or seconds != sorted(seconds):
            raise ValueError(f"the points of shape must go from second 0 to {self.duration_s:g}, in order")
        if max(height for _, height in self.shape) != 1:
            raise ValueError("the highest point of shape must be 1: that is where peak_per_s is reached")
        return self

    @property
    def mean_height(self) -> float:
        """The height of the shape on the average."""
        pairs = zip(self.shape, self.shape[1:], strict=False)
        return sum((b[0] - a[0]) * (a[1] + b[1]) / 2 for a, b in pairs) / self.duration_s

    def quiet_per_s(self, links: int) -> float:
        """Return the rate at height 0. Raises ValueError where no curve has this mean and this peak."""
        mean = links / self.duration_s
        if self.peak_per_s < mean - _ROUND:
            raise ValueError(
                f"peak_per_s ({self.peak_per_s:g}) is below the mean: "
                f"{links} links in {self.duration_s:g} s are {mean:g} a second"
            )
        height = self.mean_height
        if self.peak_per_s * height > mean * (1 + _ROUND):
            raise ValueError(
                f"peak_per_s ({self.peak_per_s:g}) is too high for this shape and {links} links: "
                f"{mean / height:g} is the most"
            )
        return max(0.0, (mean - self.peak_per_s * height) / (1 - height)) if height < 1 else mean


class Mix(Part):
    """What becomes of links, as shares of all; the rest are linked.

    not_upgraded
        The PACER account is a legacy one.
    already_linked
        The same two accounts again, under a new request id.
    login_taken
        The CM/ECF login that another PACER account asks for too: one of the two gets it.
    second_login
        A filer who is linked asks for a second CM/ECF login at the same court.
    court_not_live
        The court is not live yet.
    late
        Confirmed more than ten minutes after the CM/ECF password; the filer starts again, and is linked then.
    """

    not_upgraded: Share = 0
    already_linked: Share = 0
    login_taken: Share = 0
    second_login: Share = 0
    court_not_live: Share = 0
    late: Share = 0

    @model_validator(mode="after")
    def _leaves_somebody(self) -> Self:
        total = sum(self.model_dump().values())
        if total >= 1:
            raise ValueError(f"the shares add up to {total:g}: they must leave some links that just work")
        return self


class Copies(Part):
    """Requests that are sent more than once with the same id and the same bytes: double clicks, retrying programs.

    A `share` of the requests comes again `each` times, within `within_s` seconds.
    """

    share: Share = 0
    each: Annotated[int, Field(ge=1, le=COPIES_EACH_MAX)] = 1
    within_s: Annotated[float, Field(gt=0, le=3_600)] = 2


class Tries(Part):
    """What precedes a request among the sign-ins, as shares of the walks.

    `wrong_cmecf_password` and `wrong_pacer_password` are of first tries; `unknown_name` is a PACER login that nobody
    has; `locked` is one who tries six times and has to wait; `shared_account` first signs in as the firm;
    `names_differ` stops at the confirmation, sees the other name, and comes again.
    """

    wrong_cmecf_password: Share = 0
    wrong_pacer_password: Share = 0
    unknown_name: Share = 0
    locked: Share = 0
    shared_account: Share = 0
    names_differ: Share = 0


class Walk(Part):
    """How fast people are: between two steps of a walk, before coming again, and how late the late ones confirm."""

    step_s: Span = Span(least=5, most=40)
    return_s: Span = Span(least=30, most=300)
    late_s: Span = Span(least=660, most=1_500)

    @model_validator(mode="after")
    def _about_the_proof(self) -> Self:
        if self.step_s.most >= PROOF_AGE_S_MAX:
            raise ValueError(f"step_s must stay below {PROOF_AGE_S_MAX}: after ten minutes a proof has expired")
        if self.late_s.least <= PROOF_AGE_S_MAX:
            raise ValueError(f"late_s must begin above {PROOF_AGE_S_MAX}: within ten minutes nobody is late")
        return self


class Outage(Part):
    """Nothing reaches Kafka from `at_s` on for `for_s` seconds; then what was kept comes within `drain_s`."""

    at_s: Seconds
    for_s: Annotated[float, Field(gt=0, le=86_400)]
    drain_s: Annotated[float, Field(gt=0, le=86_400)]
