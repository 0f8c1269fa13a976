"""A scenario: how many links, of whom, at which courts, when, and what goes wrong. The model of a scenario file.

It holds what was asked for and says in words what cannot be; it draws nothing and knows no file.
"""

from math import ceil
from typing import Annotated, Final, Self

from pydantic import Field, StringConstraints, model_validator

from services.replay.scenarios.counts import Counts
from services.replay.scenarios.parts import Arrivals, Copies, Courts, Mix, Outage, Part, Start, Tries, Walk

PEOPLE_COUNT_MAX: Final = 5_000_000
"""All have a number of seven digits from 1,000,000 on, and each a legacy login of two letters and four digits."""
LINK_COUNT_MAX: Final = 5_000_000


class Scenario(Part):
    """A whole scenario. `links` is the number of requests with an id of their own: the ledger's rows in the end.

    `hot_accounts`: all of `already_linked` come from this many accounts.
    """

    title: Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\n]*$")]
    about: Annotated[str, StringConstraints(min_length=1, max_length=2_000)]
    start: Start
    links: Annotated[int, Field(ge=1, le=LINK_COUNT_MAX)]
    filers: Annotated[int, Field(ge=1, le=PEOPLE_COUNT_MAX)]
    hot_accounts: Annotated[int, Field(ge=1)] | None = None
    arrivals: Arrivals
    courts: Courts = Courts()
    mix: Mix = Mix()
    copies: Copies = Copies()
    tries: Tries = Tries()
    walk: Walk = Walk()
    outage: Outage | None = None

    @model_validator(mode="after")
    def _can_be(self) -> Self:
        self.arrivals.quiet_per_s(self.links)
        if self.mix.court_not_live and not self.courts.not_live:
            raise ValueError("mix.court_not_live needs a court in courts.not_live")
        if both := sorted({*self.courts.ids} & {*self.courts.not_live}):
            raise ValueError(f"{both[0]} stands in courts.ids and in courts.not_live: it is one or the other")
        if self.courts.ids and len({*self.courts.ids}) < self.courts.each:
            raise ValueError(f"courts.each is {self.courts.each}, and courts.ids names fewer")
        if self.hot_accounts and not self.mix.already_linked:
            raise ValueError("hot_accounts needs a share in mix.already_linked: that is what they ask for again")
        self._has_people()
        self._fits()
        return self

    @property
    def counts(self) -> Counts:
        """How many links of each kind, and how many people they take."""
        return Counts.of(self.links, self.mix.model_dump())

    def _has_people(self) -> None:
        counts = self.counts
        if counts.linked < counts.leaders_needed(self.hot_accounts):
            raise ValueError(f"{self.links} links are too few for this mix: each kind takes one at least")
        if (needed := counts.people_needed(self.courts.each)) > self.filers:
            raise ValueError(
                f"{self.links} links of this mix take {needed} filers, and filers is {self.filers}: "
                "more filers, more courts for each, or fewer links"
            )

    def _fits(self) -> None:
        duration_s = self.arrivals.duration_s
        if self.walk.return_s.most > duration_s / 4:
            raise ValueError(f"walk.return_s must end at a quarter of duration_s or before: {duration_s / 4:g}")
        outage = self.outage
        if outage and outage.at_s + outage.for_s + 2 * outage.drain_s > duration_s:
            raise ValueError("the outage and twice its drain_s must end before duration_s")

    def scaled(self, factor: float) -> "Scenario":
        """Return the scenario with this share of its people, links and rates, in the same time."""
        arrivals = self.arrivals
        links = max(1, round(self.links * factor))
        # Rounding must not lift the mean above the peak.
        peak = max(arrivals.peak_per_s * factor, links / arrivals.duration_s)
        if height := arrivals.mean_height:
            peak = min(peak, links / arrivals.duration_s / height)
        needed = Counts.of(links, self.mix.model_dump()).people_needed(self.courts.each)
        changed = self.model_dump() | {
            "links": links,
            "filers": max(needed, ceil(self.filers * factor)),
            "arrivals": arrivals.model_dump() | {"peak_per_s": peak},
        }
        return Scenario.model_validate(changed)
