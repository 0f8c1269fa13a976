"""`auth-throttles-v1` (compacted): who has to wait before the next sign-in, and until when.

The guard publishes them; every auth process reads them. A record without a value ends a throttle before its time.
"""

from enum import StrEnum

from pydantic import AwareDatetime

from services.contract.fields import Event, Label, Positive


class ThrottleKind(StrEnum):
    """What is throttled."""

    ACCOUNT = "account"
    ADDRESS = "address"


class ThrottleReason(StrEnum):
    """What was seen. `stuffing`: failures on many accounts from one address prefix."""

    FAILURES = "failures"
    STUFFING = "stuffing"


class LoginThrottled(Event):
    """One throttle. `subject` is an `account` or an `address_prefix` exactly as the login events name it.

    `failures` were counted in the guard's window when it was decided; both times are the login events' time.
    """

    kind: ThrottleKind
    subject: Label
    reason: ThrottleReason
    failures: Positive
    since: AwareDatetime
    until: AwareDatetime


def throttle_key(kind: ThrottleKind, subject: str) -> bytes:
    """Return the record's key: `account:<account>` or `address:<prefix>`, in UTF-8."""
    return f"{kind.value}:{subject}".encode()
