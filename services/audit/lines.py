"""What the audit says: one line per promise, with its verdict and, where something is wrong, a bounded list of ids."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

EXAMPLE_COUNT_MAX: Final = 10


class Verdict(StrEnum):
    """How a promise stands. `unaudited` does not pass: something that was needed to tell was not given."""

    CLEAN = "clean"
    UNAUDITED = "unaudited"
    VIOLATED = "VIOLATED"


@dataclass(frozen=True)
class Violation:
    """One kind of breach: what it is, how many there are, and the ids of the first few."""

    what: str
    count: int
    examples: tuple[str, ...]

    def __str__(self) -> str:
        more = self.count - len(self.examples)
        return f"{self.what}: {', '.join(self.examples)}" + (f" and {more:,} more" if more else "")


@dataclass(frozen=True)
class Line:
    """One promise. `in_flight` is work under way, `unchecked` what cannot be looked at: neither is a breach."""

    promise: str
    summary: str
    violations: tuple[Violation, ...] = ()
    in_flight: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()
    unaudited: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        if self.violations:
            return Verdict.VIOLATED
        return Verdict.UNAUDITED if self.unaudited else Verdict.CLEAN

    def __str__(self) -> str:
        parts = [*(str(violation) for violation in self.violations), *self.unaudited]
        parts += [self.summary, *(f"in flight: {each}" for each in self.in_flight)]
        parts += [f"not checked: {each}" for each in self.unchecked]
        return f"{self.promise}  {self.verdict:<9}  {'; '.join(part for part in parts if part)}"


class Tally:
    """Gathers breaches of one kind without keeping more ids than are shown."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.count = 0
        self.examples: list[str] = []

    def add(self, example: str) -> None:
        self.count += 1
        if len(self.examples) < EXAMPLE_COUNT_MAX:
            self.examples.append(example)

    @staticmethod
    def violations(tallies: Iterable["Tally"]) -> tuple[Violation, ...]:
        """Return those that found something."""
        return tuple(Violation(each.what, each.count, tuple(each.examples)) for each in tallies if each.count)
