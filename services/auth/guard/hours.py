"""Sign-ins of one court in one hour, by minute, credential and outcome. Pure; the hour is the event's.

What the live page shows and what `ecflink guard recount` holds against the topic.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

import orjson

from services.auth.guard.marks import Marks, Place, fresh
from services.auth.guard.packed import packed
from services.contract.logins import LoginAttempted

HOUR_S: Final = 3600
MINUTE_S: Final = 60
MINUTES: Final = 60
KEPT_HOURS: Final = 48
# The last 60 minutes touch two hours; of the older ones only the sum is asked for.
HOURS_BY_MINUTE: Final = 2
NO_COURT: Final = "-"
"""Stands for the court of sign-ins that name none."""


class HourKey(NamedTuple):
    """`hour` is hours since 1970."""

    court_id: str
    hour: int


class Sort(NamedTuple):
    """What is told apart in a minute."""

    credential: str
    outcome: str


@dataclass(slots=True)
class Hour:
    """`minutes` is keyed by the minute of the hour, 0 to 59."""

    minutes: dict[int, Counter[Sort]] = field(default_factory=dict)
    marks: Marks = field(default_factory=dict)

    def add(self, place: Place, event: LoginAttempted) -> bool:
        """Count an event; one of `shed` stands for several. Returns False where it was counted before."""
        if not fresh(self.marks, place):
            return False
        counts = self.minutes.setdefault(int(event.attempted_at.timestamp()) // MINUTE_S % MINUTES, Counter())
        counts[Sort(event.credential.value, event.outcome.value)] += event.attempts
        return True

    def fold(self) -> bool:
        """Put all minutes into the first, as nobody asks for them any more. Returns whether that changed anything."""
        if self.minutes.keys() <= {0}:
            return False
        self.minutes = {0: self.total}
        return True

    @property
    def total(self) -> Counter[Sort]:
        """The whole hour's counts."""
        return sum(self.minutes.values(), Counter())

    def encode(self) -> bytes:
        """Return it as it is stored."""
        minutes = [
            (minute, [(sort.credential, sort.outcome, count) for sort, count in sorted(counts.items())])
            for minute, counts in sorted(self.minutes.items())
        ]
        return packed({"n": minutes, "m": sorted(self.marks.items())})

    @classmethod
    def decode(cls, stored: bytes) -> "Hour":
        """Return what `encode` wrote."""
        found: dict[str, Any] = orjson.loads(stored)
        minutes = {
            minute: Counter({Sort(credential, outcome): count for credential, outcome, count in counts})
            for minute, counts in found["n"]
        }
        return cls(minutes=minutes, marks=dict(found["m"]))


def hour_of(event: LoginAttempted) -> HourKey:
    """Return the hour in which an event is counted."""
    return HourKey(event.court_id or NO_COURT, int(event.attempted_at.timestamp()) // HOUR_S)


def oldest_hour(now: datetime) -> int:
    """Return the first hour that is kept; older ones are neither counted nor shown."""
    return int(now.timestamp()) // HOUR_S - KEPT_HOURS + 1


def oldest_by_minute(now: datetime) -> int:
    """Return the first hour whose minutes are kept apart."""
    return int(now.timestamp()) // HOUR_S - HOURS_BY_MINUTE + 1


def last_minutes(
    hours: dict[HourKey, Hour], court_id: str, now: datetime, count: int = MINUTES
) -> Iterator[tuple[datetime, Counter[Sort]]]:
    """Yield the last `count` minutes of a court, the newest first, with their counts."""
    newest = now.replace(second=0, microsecond=0)
    for back in range(count):
        moment = newest - timedelta(minutes=back)
        hour = hours.get(HourKey(court_id, int(moment.timestamp()) // HOUR_S))
        yield moment, (hour.minutes.get(int(moment.timestamp()) // MINUTE_S % MINUTES) if hour else None) or Counter()
