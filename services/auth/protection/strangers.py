"""Who need not be looked at: places that were told to wait, and where an attacked account is known, for a minute each.

So that a flood of tries at one account asks the database once, from however many networks it comes. Pure but for
memory.
"""

from collections import OrderedDict
from collections.abc import Iterable
from typing import Final, NamedTuple

# For so long the database is not asked again whether an account is known at a place where it was throttled.
STRANGER_S: Final = 60.0
STRANGER_COUNT_MAX: Final = 50_000
LEARNT_COUNT_MAX: Final = 5_000
# An account that is known at more places is looked at each time.
PLACE_COUNT_MAX: Final = 200


class _Learnt(NamedTuple):
    until: float
    prefixes: set[str]


class Strangers:
    """Times are seconds of one clock. What was remembered longest ago makes room."""

    def __init__(self) -> None:
        self._until: OrderedDict[tuple[str, str], float] = OrderedDict()
        self._learnt: OrderedDict[str, _Learnt] = OrderedDict()

    def met(self, account: str, prefix: str, at: float) -> None:
        """An account was throttled at a place where it is not known."""
        self._until[account, prefix] = at + STRANGER_S
        self._until.move_to_end((account, prefix))
        if len(self._until) > STRANGER_COUNT_MAX:
            self._until.popitem(last=False)

    def learn(self, account: str, prefixes: Iterable[str], at: float) -> None:
        """These are all the places where an account is known. Too many to keep are not kept."""
        places = set(prefixes)
        if len(places) > PLACE_COUNT_MAX:
            return
        self._learnt[account] = _Learnt(at + STRANGER_S, places)
        self._learnt.move_to_end(account)
        if len(self._learnt) > LEARNT_COUNT_MAX:
            self._learnt.popitem(last=False)

    def learnt(self, account: str, at: float) -> bool:
        """Say whether the places of an account have been learnt."""
        learnt = self._learnt.get(account)
        return learnt is not None and learnt.until > at

    def holds(self, account: str, prefix: str, at: float) -> bool:
        """Say whether an account is certainly not known at a place."""
        if self._until.get((account, prefix), 0.0) > at:
            return True
        learnt = self._learnt.get(account)
        return learnt is not None and learnt.until > at and prefix not in learnt.prefixes

    def settle(self, account: str, prefix: str) -> None:
        """From now on an account is known at a place."""
        self._until.pop((account, prefix), None)
        learnt = self._learnt.get(account)
        if learnt is not None:
            learnt.prefixes.add(prefix)
