"""What a walk to a link leaves in Kafka, step by step backwards from its confirmation: the events in order of time.

An event is one number of 64 bits that sorts as the events do: milliseconds, entry of the cast, step. Nothing else is
kept of it, so that millions fit into memory.
"""

from enum import IntEnum
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.replay.scenarios.cast import Cast, Kind
from services.replay.scenarios.chance import Chance
from services.replay.scenarios.scenario import Scenario

_STEP_BITS: Final = np.uint64(5)
_ENTRY_BITS: Final = np.uint64(26)
_STEPS: Final = np.uint64(2**5 - 1)
_ENTRIES: Final = np.uint64(2**26 - 1)

LOCKED_TRIES: Final = 6
LOCKED_WAIT_S: Final = 300
"""More than five wrong tries, five minutes (domain notes, 3.3)."""
_SECOND_MISS: Final = 0.3
"""How many of those who miss the password once miss it twice."""


class Step(IntEnum):
    """What happens, in the order in which it does within one walk. From COPY on: the request again."""

    FIRM_SIGNED_IN = 0
    NAME_UNKNOWN = 1
    PACER_FAILED = 2
    PACER_SIGNED_IN = 3
    CMECF_STOPPED = 4
    CMECF_FAILED = 5
    THROTTLED = 11
    CMECF_PROVEN = 12
    REQUESTED = 13
    COPY = 14


class Events(NamedTuple):
    """All events in order, for each entry of the cast how long before its confirmation the password was proven, and how
    many of the events are copies.
    """

    keys: NDArray[np.uint64]
    proven_before_ms: NDArray[np.int32]
    copies: int

    def at(self, start: int, stop: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Return milliseconds, entries and steps of some events."""
        keys = self.keys[start:stop]
        entries = (keys >> _STEP_BITS) & _ENTRIES
        return (
            (keys >> (_STEP_BITS + _ENTRY_BITS)).astype(np.int64),
            entries.astype(np.int64),
            (keys & _STEPS).astype(np.int64),
        )


class _Steps:
    """Walks back from the confirmations, collecting what happened at the entries that a step is told of."""

    def __init__(self, cast: Cast, scenario: Scenario, chance: Chance) -> None:
        self.now_ms = cast.at_ms.copy()
        self.collected: list[NDArray[np.uint64]] = []
        self._chance = chance
        self._step_s = scenario.walk.step_s
        self._end_ms = round(scenario.arrivals.duration_s * 1000)

    def keep(self, step: int, entries: NDArray[np.int64], at_ms: NDArray[np.int64]) -> None:
        """Collect a step at these entries and times. What was before the beginning was before the recording."""
        inside = at_ms >= 0
        at, entry = np.minimum(at_ms[inside], self._end_ms).astype(np.uint64), entries[inside].astype(np.uint64)
        self.collected.append((((at << _ENTRY_BITS) | entry) << _STEP_BITS) | np.uint64(step))

    def back(self, step: int, entries: NDArray[np.int64], wait_s: float = 0) -> None:
        """Go back by the time between two steps, and collect the step there."""
        gaps = self._chance.between(f"step {step}", len(entries), self._step_s.least, self._step_s.most)
        self.now_ms[entries] -= gaps + round(wait_s * 1000)
        self.keep(step, entries, self.now_ms[entries])


def events_of(scenario: Scenario, cast: Cast, chance: Chance) -> Events:
    """Draw how each entry of the cast came to its request, and return all that reached Kafka, in order."""
    everybody = np.arange(len(cast))
    steps = _Steps(cast, scenario, chance)
    steps.keep(Step.REQUESTED, everybody, cast.at_ms)
    copies = _copies(scenario, cast, chance, steps)
    proven_before = _proven(scenario, cast, chance, steps, everybody)
    _signed_in(scenario, chance, steps, everybody)
    keys = np.concatenate(steps.collected)
    steps.collected.clear()
    keys.sort()
    return Events(keys, proven_before, copies)


def _copies(scenario: Scenario, cast: Cast, chance: Chance, steps: _Steps) -> int:
    copies = scenario.copies
    again = np.flatnonzero(chance.happens("copies", len(cast), copies.share))
    for number in range(copies.each if len(again) else 0):
        gaps = chance.between(f"copy {number}", len(again), 0.02, max(0.04, copies.within_s))
        steps.keep(Step.COPY + number, again, cast.at_ms[again] + gaps)
    return len(again) * copies.each


def _proven(
    scenario: Scenario, cast: Cast, chance: Chance, steps: _Steps, everybody: NDArray[np.int64]
) -> NDArray[np.int32]:
    """Go back over the CM/ECF password. Returns how long before the confirmation it was proven."""
    tries, walk, count = scenario.tries, scenario.walk, len(cast)
    late = np.flatnonzero(cast.kind == Kind.LATE)
    steps.now_ms[late] -= chance.between("late", len(late), walk.late_s.least, walk.late_s.most)
    in_time = np.flatnonzero(cast.kind != Kind.LATE)
    steps.now_ms[in_time] -= chance.between("confirm", len(in_time), walk.step_s.least, walk.step_s.most)
    steps.keep(Step.CMECF_PROVEN, everybody, steps.now_ms)
    proven_before = (cast.at_ms - steps.now_ms).astype(np.int32)
    locked = chance.happens("locked", count, tries.locked)
    who = np.flatnonzero(locked)
    steps.back(Step.THROTTLED, who, LOCKED_WAIT_S)
    missed = chance.happens("cmecf", count, tries.wrong_cmecf_password) & ~locked
    twice = missed & chance.happens("cmecf twice", count, _SECOND_MISS)
    steps.back(Step.CMECF_FAILED + LOCKED_TRIES - 1, np.flatnonzero(missed | locked))
    steps.back(Step.CMECF_FAILED + LOCKED_TRIES - 2, np.flatnonzero(twice | locked))
    for number in reversed(range(LOCKED_TRIES - 2)):
        steps.back(Step.CMECF_FAILED + number, who)
    steps.back(Step.CMECF_STOPPED, np.flatnonzero(chance.happens("names", count, tries.names_differ)))
    return proven_before


def _signed_in(scenario: Scenario, chance: Chance, steps: _Steps, everybody: NDArray[np.int64]) -> None:
    tries, count = scenario.tries, len(everybody)
    steps.back(Step.PACER_SIGNED_IN, everybody)
    for step, share in (
        (Step.PACER_FAILED, tries.wrong_pacer_password),
        (Step.NAME_UNKNOWN, tries.unknown_name),
        (Step.FIRM_SIGNED_IN, tries.shared_account),
    ):
        steps.back(step, np.flatnonzero(chance.happens(step.name, count, share)))
