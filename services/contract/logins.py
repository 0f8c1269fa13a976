"""`auth-logins-v1`: every sign-in attempt, right or wrong, without secrets."""

from enum import StrEnum

from pydantic import AwareDatetime

from services.contract.fields import CourtId, Event, Label, Positive


class Credential(StrEnum):
    """Which of a filer's two credentials was tried."""

    PACER = "pacer"
    CMECF = "cmecf"


class LoginOutcome(StrEnum):
    """How the attempt ended. `shed` sums attempts turned away before any hash was computed."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    THROTTLED = "throttled"
    SHED = "shed"


class Via(StrEnum):
    """Where the attempt was made: on the court's pages or at the sign-on API."""

    PAGES = "pages"
    API = "api"


class LoginStep(StrEnum):
    """What was given: the password, or the second factor after it."""

    PASSWORD = "password"  # noqa: S105 - the name of a step
    FACTOR = "factor"


class LoginAttempted(Event):
    """One attempt; or, with outcome `shed`, `attempts` of them within one second from one address prefix.

    `account` is the login id of the account, or a keyed hash (`unknown:<hex>`) of a name that no account has.
    `address_prefix` is the client's /24 (IPv4) or /56 (IPv6). `via` and `step` are absent in older records.
    """

    account: Label
    court_id: CourtId | None = None
    credential: Credential
    outcome: LoginOutcome
    address_prefix: Label
    attempts: Positive = 1
    attempted_at: AwareDatetime
    via: Via | None = None
    step: LoginStep | None = None
