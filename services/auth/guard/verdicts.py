"""When a subject is throttled, why and for how long. Pure: no clock, no broker; the time is the login event's.

A throttle that has ended and is deserved again before its own length has passed once more is twice as long, up to
THROTTLE_S_MAX. While one is in force nothing is decided anew.
"""

import math
from datetime import UTC, datetime
from typing import Final

from services.auth.guard.settings import GuardSettings
from services.auth.guard.windows import MINUTE_S, Throttle, Window
from services.contract.throttles import LoginThrottled, ThrottleKind, ThrottleReason

THROTTLE_S_MAX: Final = 3600


def decide(kind: ThrottleKind, window: Window, at_s: float, settings: GuardSettings) -> Throttle | None:
    """Return the throttle that a failure at `at_s` (seconds since 1970) brings about, or None. Changes nothing.

    Counted are the minutes that the last `window_s` seconds touch.
    """
    last = window.throttle
    if last is not None and at_s < last.until:
        return None
    first_minute, minute = int(at_s - settings.window_s) // MINUTE_S, int(at_s) // MINUTE_S
    reason = _reason(kind, window, (first_minute, minute), settings)
    if reason is None:
        return None
    goes_on = last is not None and at_s < last.until + last.length
    length = min(last.length * 2, THROTTLE_S_MAX) if goes_on and last is not None else settings.throttle_s
    since = last.since if goes_on and last is not None else int(at_s)
    return Throttle(reason=reason, since=since, until=math.ceil(at_s) + length, length=length)


def _reason(
    kind: ThrottleKind, window: Window, minutes: tuple[int, int], settings: GuardSettings
) -> ThrottleReason | None:
    failures = window.failures_between(*minutes)
    if kind is ThrottleKind.ACCOUNT:
        return ThrottleReason.FAILURES if failures >= settings.account_failures else None
    if window.accounts_between(*minutes) >= settings.address_accounts:
        return ThrottleReason.STUFFING
    return ThrottleReason.FAILURES if failures >= settings.address_failures else None


def told(kind: ThrottleKind, subject: str, window: Window) -> LoginThrottled:
    """Return the event of the throttle that stands in `window`."""
    throttle = window.throttle
    assert throttle is not None
    return LoginThrottled(
        kind=kind,
        subject=subject,
        reason=throttle.reason,
        failures=max(1, sum(window.failures.values())),
        since=datetime.fromtimestamp(throttle.since, UTC),
        until=datetime.fromtimestamp(throttle.until, UTC),
    )
