"""The window of one subject (an account or an address prefix): its failures by minute, and its throttle. Pure.

Minutes are those of the events, never of the clock, so that the same events give the same counts whenever they are
read.
"""

from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from services.auth.guard.marks import Marks, Place, fresh
from services.auth.guard.packed import packed
from services.contract.throttles import ThrottleReason

MINUTE_S: Final = 60
ACCOUNT_COUNT_MAX: Final = 64
# A single typing error is not worth a write; from here on a window is stored.
STORED_FROM: Final = 3


@dataclass(slots=True)
class Throttle:
    """A throttle as decided. Times are whole seconds since 1970; `level` counts how often it was prolonged."""

    reason: ThrottleReason
    since: int
    until: int
    length: int
    ended: bool = False


@dataclass(slots=True)
class Window:
    """`failures` and `accounts` are keyed by minute since 1970; `accounts` holds 32-bit hashes of accounts.

    `weighed` is for whoever keeps it: the cells that it had when it was last weighed.
    """

    failures: dict[int, int] = field(default_factory=dict)
    accounts: dict[int, set[int]] = field(default_factory=dict)
    marks: Marks = field(default_factory=dict)
    throttle: Throttle | None = None
    weighed: int = field(default=0, compare=False)

    @property
    def cells(self) -> int:
        """How much it holds: a cell is a minute, a mark, or an account of a minute."""
        return len(self.failures) + len(self.marks) + sum(map(len, self.accounts.values()))

    @property
    def newest(self) -> int:
        """The minute of its last failure; of one without, the minute in which its throttle began or was prolonged."""
        throttled = (self.throttle.until - self.throttle.length) // MINUTE_S if self.throttle is not None else 0
        return max(self.failures, default=throttled)

    def add(self, place: Place, minute: int, failures: int, account: int | None = None) -> bool:
        """Count failures of one minute. Returns False, and changes nothing, where the record was counted before."""
        if not fresh(self.marks, place):
            return False
        self.failures[minute] = self.failures.get(minute, 0) + failures
        if account is not None:
            seen = self.accounts.setdefault(minute, set())
            if len(seen) < ACCOUNT_COUNT_MAX:
                seen.add(account)
        return True

    def failures_between(self, first: int, last: int) -> int:
        """Return the failures of the minutes from `first` to `last`, both counted."""
        return sum(count for minute, count in self.failures.items() if first <= minute <= last)

    def accounts_between(self, first: int, last: int) -> int:
        """Return how many different accounts failed in these minutes; at most ACCOUNT_COUNT_MAX of each minute."""
        return len(set().union(*(seen for minute, seen in self.accounts.items() if first <= minute <= last)))

    def forget_before(self, minute: int) -> bool:
        """Drop the minutes before this one. Returns whether there were any."""
        old = [each for each in self.failures if each < minute]
        for each in old:
            del self.failures[each]
            self.accounts.pop(each, None)
        return bool(old)

    @property
    def worth_storing(self) -> bool:
        """Whether losing it in a crash would matter."""
        return self.throttle is not None or sum(self.failures.values()) >= STORED_FROM

    def encode(self) -> bytes:
        """Return it as it is stored."""
        throttle = self.throttle
        told = throttle and [throttle.reason, throttle.since, throttle.until, throttle.length, throttle.ended]
        return packed(
            {
                "f": sorted(self.failures.items()),
                "a": [(minute, sorted(seen)) for minute, seen in sorted(self.accounts.items())],
                "m": sorted(self.marks.items()),
                "t": told,
            }
        )

    @classmethod
    def decode(cls, stored: bytes) -> "Window":
        """Return what `encode` wrote."""
        found: dict[str, Any] = orjson.loads(stored)
        told = found["t"]
        return cls(
            failures=dict(found["f"]),
            accounts={minute: set(seen) for minute, seen in found["a"]},
            marks=dict(found["m"]),
            throttle=Throttle(ThrottleReason(told[0]), *told[1:]) if told else None,
        )
