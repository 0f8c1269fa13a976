"""How many of a scenario's links are of which kind: whole numbers from shares, so that the outcome is known beforehand.

A share above 0 is one link at least. Pure arithmetic.
"""

from collections.abc import Mapping
from typing import NamedTuple, Self


class Counts(NamedTuple):
    """Links by what becomes of them; `linked` are those that just work. They add up to all links."""

    linked: int
    not_upgraded: int
    already_linked: int
    login_taken: int
    second_login: int
    court_not_live: int
    late: int

    @classmethod
    def of(cls, links: int, shares: Mapping[str, float]) -> Self:
        """Return the counts of shares by their names. `linked` is what is left, below 0 where nothing is."""
        counts = {name: max(1, round(links * share)) if share else 0 for name, share in shares.items()}
        return cls(linked=links - sum(counts.values()), **counts)

    def leaders_needed(self, hot_accounts: int | None) -> int:
        """Return how many links that just work are followed by one of another kind; 1 if none is."""
        again = self.already_linked if hot_accounts is None else min(hot_accounts, self.already_linked)
        return max(1, again + self.login_taken + self.second_login + self.late)

    def people_needed(self, courts_each: int) -> int:
        """Return how many people make these links. Legacy filers and those who just link use all their courts."""
        alone = self.court_not_live + self.login_taken
        return -(-self.not_upgraded // courts_each) + -(-max(0, self.linked) // courts_each) + alone
