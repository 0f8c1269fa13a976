"""The courts of a scenario: those of the packaged registry, with their weights. What is not there is said in words."""

import csv
from collections.abc import Iterable
from importlib.resources import files
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.contract.courts import CourtType, canonical_login
from services.replay.outcome import Unusable
from services.replay.scenarios.parts import Courts

# Only these have filers of their own with a CM/ECF login.
_NOT_NATIONAL: Final = frozenset(CourtType) - {CourtType.NATIONAL}


class Place(NamedTuple):
    """A court as a stream needs to know it. `case_counts`: it tells `Login` from `login`."""

    court_id: str
    case_counts: bool
    live: bool

    def canonical(self, login: str) -> str:
        """Return a CM/ECF login as this court compares it."""
        return login if self.case_counts else login.casefold()


class Places(NamedTuple):
    """The courts that are live and then those that are not, and the weights of the former."""

    courts: tuple[Place, ...]
    weights: NDArray[np.int64]


def registry() -> dict[str, CourtType]:
    """Return the courts of the registry that comes with this version, by id in its order."""
    lines = files("services.ops").joinpath("courts.csv").read_text(encoding="utf-8").splitlines()
    return {row["court_id"]: CourtType(row["type"]) for row in csv.DictReader(lines)}


def places_of(courts: Courts) -> Places:
    """Return the courts of a scenario. Raises Unusable for one that the registry does not have."""
    known = registry()
    _all_known((*courts.ids, *courts.weights, *courts.not_live), known)
    ids = courts.ids or tuple(name for name, kind in known.items() if kind in _NOT_NATIONAL)
    live = [_place(name, known[name], live=True) for name in dict.fromkeys(ids) if name not in courts.not_live]
    not_live = [_place(name, known[name], live=False) for name in dict.fromkeys(courts.not_live)]
    if strange := sorted({*courts.weights} - {place.court_id for place in live}):
        raise Unusable(f"courts.weights names {strange[0]}, which is none of the scenario's live courts")
    weights = [courts.weights.get(place.court_id, 1) for place in live]
    return Places((*live, *not_live), np.array(weights, np.int64))


def _place(court_id: str, court_type: CourtType, *, live: bool) -> Place:
    # Asked once for each court: in a stream of millions the question costs more than its answer.
    return Place(court_id, case_counts=canonical_login("A", court_type) == "A", live=live)


def _all_known(names: Iterable[str], known: dict[str, CourtType]) -> None:
    if strange := sorted({*names} - {*known}):
        raise Unusable(f"courts: {strange[0]} is not in the registry; see `ecflink courts list`")
