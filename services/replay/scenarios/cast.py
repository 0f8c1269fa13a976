"""Who asks for what, where and when: one entry for each link of a scenario, drawn from its seed. Pure arrays.

Entries stand by kind, not by time: filers with legacy accounts, those who just link, courts that are not live, and
those that follow another entry (the same again, another's login, a second login, the late try before).
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.replay.scenarios.chance import Chance
from services.replay.scenarios.curve import instants_ms
from services.replay.scenarios.scenario import Scenario


class Kind(IntEnum):
    """What becomes of an entry."""

    NOT_UPGRADED = 0
    LINKED = 1
    COURT_NOT_LIVE = 2
    ALREADY_LINKED = 3
    LOGIN_TAKEN = 4
    SECOND_LOGIN = 5
    LATE = 6


_FOLLOWERS: Final = (Kind.ALREADY_LINKED, Kind.LOGIN_TAKEN, Kind.SECOND_LOGIN, Kind.LATE)


@dataclass(frozen=True)
class Cast:
    """By entry: its kind, the index of the person who asks and of the one whose CM/ECF login it is, the index of the
    court in the list of courts, and the millisecond of the confirmation. `courts_of` has each person's own courts.
    """

    kind: NDArray[np.int8]
    person: NDArray[np.int32]
    owner: NDArray[np.int32]
    court: NDArray[np.int16]
    at_ms: NDArray[np.int64]
    courts_of: NDArray[np.int16]
    legacy: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.kind)


class _Entries(NamedTuple):
    person: NDArray[np.int32]
    owner: NDArray[np.int32]
    court: NDArray[np.int16]


class _Queue:
    """People in a random order, taken from its front: nobody twice."""

    def __init__(self, order: NDArray[np.int32], courts_of: NDArray[np.int16]) -> None:
        self._order = order
        self._courts_of = courts_of

    def take(self, count: int) -> NDArray[np.int32]:
        """Return the next people."""
        taken, self._order = self._order[:count], self._order[count:]
        return taken

    def pairs(self, count: int) -> _Entries:
        """Return so many entries of the next people, each with all of their courts."""
        each = self._courts_of.shape[1]
        taken = self.take(-(-count // each))
        person = np.repeat(taken, each)[:count]
        return _Entries(person, person, self._courts_of[taken].reshape(-1)[:count])


def cast_of(scenario: Scenario, weights: NDArray[np.int64], not_live_count: int, chance: Chance) -> Cast:
    """Draw the cast. Courts are numbered as `weights` has them, those that are not live after them."""
    counts = scenario.counts
    courts_of = _courts_of(scenario, weights, chance)
    people = _Queue(chance.order("people", scenario.filers), courts_of)
    legacy, linked = people.pairs(counts.not_upgraded), people.pairs(counts.linked)
    early = people.take(counts.court_not_live)
    not_live = (np.arange(len(early)) % max(1, not_live_count) + len(weights)).astype(np.int16)
    leaders = _leaders(scenario)
    followers = {kind: _of(linked, followed) for kind, followed in leaders.items()}
    followers[Kind.LOGIN_TAKEN] = followers[Kind.LOGIN_TAKEN]._replace(person=people.take(counts.login_taken))
    parts = [legacy, linked, _Entries(early, early, not_live), *followers.values()]
    kinds = np.repeat(np.arange(len(Kind), dtype=np.int8), [len(part.person) for part in parts])
    is_legacy = np.zeros(scenario.filers, np.bool_)
    is_legacy[legacy.person] = True
    person, owner, court = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Cast(kinds, person, owner, court, _instants(scenario, kinds, leaders, chance), courts_of, is_legacy)


def _of(linked: _Entries, leaders: NDArray[np.int64]) -> _Entries:
    return _Entries(linked.person[leaders], linked.owner[leaders], linked.court[leaders])


def _courts_of(scenario: Scenario, weights: NDArray[np.int64], chance: Chance) -> NDArray[np.int16]:
    """Return the courts of each person, no court twice."""
    each = scenario.courts.each
    drawn = chance.weighted("courts", scenario.filers * each, weights).reshape(-1, each)
    for column in range(1, each):
        for _ in range(column):
            again = (drawn[:, :column] == drawn[:, column : column + 1]).any(axis=1)
            drawn[again, column] = (drawn[again, column] + 1) % len(weights)
    return drawn


def _leaders(scenario: Scenario) -> dict[Kind, NDArray[np.int64]]:
    """Return by kind which of the links that just work each entry follows, as an index among those. No link is followed
    by two kinds, so that the outcome does not hang on whose partition is quicker.
    """
    counts, first = scenario.counts, 0
    leaders = {}
    for kind in _FOLLOWERS:
        count = getattr(counts, kind.name.lower())
        width = min(count, scenario.hot_accounts or count) if kind is Kind.ALREADY_LINKED else count
        leaders[kind] = np.arange(count) % max(1, width) + first
        first += width
    return leaders


def _instants(
    scenario: Scenario, kinds: NDArray[np.int8], leaders: dict[Kind, NDArray[np.int64]], chance: Chance
) -> NDArray[np.int64]:
    at_ms = instants_ms(scenario.arrivals, scenario.links, chance.unit("instants", len(kinds)))
    gaps = chance.between("returns", len(kinds), scenario.walk.return_s.least, scenario.walk.return_s.most)
    end_ms = round(scenario.arrivals.duration_s * 1000)
    first_linked = int(np.searchsorted(kinds, Kind.LINKED))
    for kind, followed in leaders.items():
        if not len(followed) or (kind is Kind.ALREADY_LINKED and scenario.hot_accounts):
            continue
        mine = slice(int(np.searchsorted(kinds, kind)), int(np.searchsorted(kinds, kind, side="right")))
        leader = followed + first_linked
        # One of the two keeps its instant on the curve; the other goes to the side where there is time.
        kept, gap = at_ms[leader], gaps[mine]
        room_after = kept + gap <= end_ms
        earlier = np.where(room_after, kept, kept - gap)
        later = earlier + gap
        late = kind is Kind.LATE
        at_ms[leader], at_ms[mine] = (later, earlier) if late else (earlier, later)
    return at_ms - at_ms.min()
