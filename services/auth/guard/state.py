"""All that the guard knows, in memory: the windows of subjects and the hours of courts; and what of it is to be stored.

`take` counts one record and returns what is to be throttled. No clock and no broker: both come from outside.
"""

import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from services.auth.guard.hours import Hour, HourKey, hour_of, oldest_by_minute, oldest_hour
from services.auth.guard.marks import Place
from services.auth.guard.settings import GuardSettings
from services.auth.guard.subjects import BOUNDS, Bound, Subjects
from services.auth.guard.verdicts import THROTTLE_S_MAX, decide, told
from services.auth.guard.windows import MINUTE_S, Window
from services.contract.logins import LoginAttempted, LoginOutcome
from services.contract.throttles import LoginThrottled, ThrottleKind, throttle_key

# What auth writes where it has no address, or sums up too many of them: nobody in particular.
_NOBODY: Final = frozenset({"unknown", "many"})
_WINDOW: Final = b"w:"
_HOUR: Final = b"h:"


class Subject(NamedTuple):
    """Who is counted, and maybe throttled."""

    kind: ThrottleKind
    name: str

    @property
    def key(self) -> bytes:
        """Its key in `auth-throttles-v1`."""
        return throttle_key(self.kind, self.name)


class State:
    """`windows` are by kind of subject, `hours` by court and hour. `forgotten` counts what there was no room for."""

    def __init__(self, settings: GuardSettings, bounds: Mapping[ThrottleKind, Bound] = BOUNDS) -> None:
        self._settings = settings
        self.windows = {kind: Subjects(bounds[kind]) for kind in ThrottleKind}
        self.hours: dict[HourKey, Hour] = {}
        self.next_offsets: dict[int, int] = {}
        self.forgotten = 0
        self._changed: set[Subject | HourKey] = set()

    def pass_over(self, place: Place) -> None:
        """Go past a record without counting it."""
        self.next_offsets[place.partition] = place.offset + 1

    def take(self, place: Place, event: LoginAttempted, now: datetime) -> tuple[bool, list[LoginThrottled]]:
        """Count a record. Returns whether it was new, and the throttles that it brings about, to be published."""
        self.pass_over(place)
        new, key = False, hour_of(event)
        if key.hour >= oldest_hour(now):
            new = self.hours.setdefault(key, Hour()).add(place, event)
            if new:
                self._changed.add(key)
        if event.outcome is not LoginOutcome.FAILED:
            return new, []
        found = [self._failed(subject, place, event, now) for subject in _subjects(event)]
        return new, [throttle for throttle in found if throttle is not None]

    def _failed(self, subject: Subject, place: Place, event: LoginAttempted, now: datetime) -> LoginThrottled | None:
        at_s = event.attempted_at.timestamp()
        if at_s < self._first_s(now):
            return None  # too old to have any effect today: the topic is read anew
        if at_s > now.timestamp() + MINUTE_S:
            return None  # a clock that is ahead neither throttles nor makes the window forget
        subjects = self.windows[subject.kind]
        window = subjects.touch(subject.name)
        account = zlib.crc32(event.account.encode()) if subject.kind is ThrottleKind.ADDRESS else None
        if not window.add(place, int(at_s) // MINUTE_S, event.attempts, account):
            return None
        window.forget_before(int(at_s - self._settings.window_s) // MINUTE_S)
        self._changed.add(subject)
        self._forget(subject.kind, subjects.weigh(subject.name))
        decided = decide(subject.kind, window, at_s, self._settings)
        if decided is None:
            return None
        window.throttle = decided
        return told(subject.kind, subject.name, window) if decided.until > now.timestamp() else None

    def _first_s(self, now: datetime) -> float:
        """Return from when on a failure can have an effect today: on a throttle of any length that is in force."""
        return now.timestamp() - self._settings.window_s - THROTTLE_S_MAX

    def _forget(self, kind: ThrottleKind, names: list[str]) -> None:
        self.forgotten += len(names)
        self._changed.update(Subject(kind, name) for name in names)

    def ends(self, subject: Subject, now: datetime) -> bool:
        """Return whether a subject's throttle is past, and that was not said yet."""
        window = self.windows[subject.kind].get(subject.name)
        throttle = window.throttle if window is not None else None
        return throttle is not None and not throttle.ended and throttle.until <= now.timestamp()

    def sweep(self, subject: Subject, now: datetime) -> bool:
        """Forget what is past of one subject. Returns whether its throttle has just ended, which is to be published."""
        subjects = self.windows[subject.kind]
        window = subjects.get(subject.name)
        if window is None:
            return False
        now_s, throttle, ended = now.timestamp(), window.throttle, False
        changed = window.forget_before(int(now_s - self._settings.window_s) // MINUTE_S)
        if throttle is not None and throttle.until <= now_s:
            ended, throttle.ended = not throttle.ended, True
            changed = changed or ended
            if throttle.until + throttle.length <= now_s:
                window.throttle, changed = None, True
        subjects.weigh(subject.name)
        if not window.failures and window.throttle is None:
            subjects.drop(subject.name)
        if changed:
            self._changed.add(subject)
        return ended

    def sweep_hours(self, now: datetime) -> None:
        """Forget the hours that are no longer kept, and the minutes of those that are past."""
        for key in list(self.hours):
            self._sweep_hour(key, now)

    def _sweep_hour(self, key: HourKey, now: datetime) -> None:
        if key.hour < oldest_hour(now):
            del self.hours[key]
            self._changed.add(key)
        elif key.hour < oldest_by_minute(now) and self.hours[key].fold():
            self._changed.add(key)

    def subjects(self) -> list[Subject]:
        """Return every subject that is counted now."""
        return [Subject(kind, name) for kind, windows in self.windows.items() for name in windows]

    def throttled(self, now: datetime) -> Iterator[tuple[Subject, Window]]:
        """Yield the throttles in force."""
        for kind, windows in self.windows.items():
            for name, window in windows.items():
                if window.throttle is not None and window.throttle.until > now.timestamp():
                    yield Subject(kind, name), window

    def changes(self) -> dict[bytes, bytes | None]:
        """Return what changed since the last call, as it is to be stored; None: to be deleted."""
        changed, self._changed = self._changed, set()
        return {_stored_key(each): self._encoded(each) for each in changed}

    def _encoded(self, each: "Subject | HourKey") -> bytes | None:
        if isinstance(each, HourKey):
            hour = self.hours.get(each)
            return hour.encode() if hour is not None else None
        window = self.windows[each.kind].get(each.name)
        return window.encode() if window is not None and window.worth_storing else None

    def recall(self, stored: Sequence[tuple[bytes, bytes]], now: datetime) -> None:
        """Become what was stored, and nothing else, but for what is past and what there is no room for."""
        self.hours.clear()
        self._changed.clear()
        for key, value in stored:
            if key.startswith(_HOUR):
                court_id, _, hour = key.removeprefix(_HOUR).decode().rpartition(":")
                place = HourKey(court_id, int(hour))
                self.hours[place] = Hour.decode(value)
                self._sweep_hour(place, now)
        for kind, subjects in self.windows.items():
            self._forget(kind, subjects.recall(self._stored_windows(kind, stored, now)))

    def _stored_windows(
        self, kind: ThrottleKind, stored: Sequence[tuple[bytes, bytes]], now: datetime
    ) -> Iterator[tuple[str, Window]]:
        first_minute, prefix = int(self._first_s(now)) // MINUTE_S, _WINDOW + throttle_key(kind, "")
        for key, value in stored:
            if not key.startswith(prefix):
                continue
            name, window = key.removeprefix(prefix).decode(), Window.decode(value)
            window.forget_before(first_minute)
            if window.failures or window.throttle is not None:
                yield name, window
            else:
                self._changed.add(Subject(kind, name))


def _subjects(event: LoginAttempted) -> Iterator[Subject]:
    yield Subject(ThrottleKind.ACCOUNT, event.account)
    if event.address_prefix not in _NOBODY:
        yield Subject(ThrottleKind.ADDRESS, event.address_prefix)


def _stored_key(each: "Subject | HourKey") -> bytes:
    if isinstance(each, HourKey):
        return _HOUR + f"{each.court_id}:{each.hour}".encode()
    return _WINDOW + each.key
