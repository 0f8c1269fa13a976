"""The states that a filer can find a page in, and the shape of what is told about each."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """A closed list; each has its page at `/{court}/help/{state}` in a demonstration."""

    COURT_NOT_LIVE = "COURT_NOT_LIVE"
    PACER_LEGACY = "PACER_LEGACY"
    PACER_SHARED = "PACER_SHARED"
    PACER_IS_PAA = "PACER_IS_PAA"
    PACER_INACTIVE = "PACER_INACTIVE"
    PACER_DISABLED = "PACER_DISABLED"
    CMECF_BAD_CREDENTIALS = "CMECF_BAD_CREDENTIALS"
    CMECF_LOGIN_CHARSET = "CMECF_LOGIN_CHARSET"
    CMECF_LOCKED = "CMECF_LOCKED"
    CMECF_DISABLED = "CMECF_DISABLED"
    CMECF_ALREADY_LINKED = "CMECF_ALREADY_LINKED"
    PACER_ALREADY_LINKED = "PACER_ALREADY_LINKED"
    ALREADY_LINKED = "ALREADY_LINKED"
    PROOF_EXPIRED = "PROOF_EXPIRED"
    NOT_LINKED = "NOT_LINKED"
    NAME_MISMATCH = "NAME_MISMATCH"
    WRONG_PATH = "WRONG_PATH"
    RESET_MAIL_LOST = "RESET_MAIL_LOST"
    MENU_STALE = "MENU_STALE"
    CLIENT_CODE_REQUIRED = "CLIENT_CODE_REQUIRED"
    CLIENT_CODE_INVALID = "CLIENT_CODE_INVALID"
    REDACTION_NOT_ACKED = "REDACTION_NOT_ACKED"
    FACTOR_REQUIRED = "FACTOR_REQUIRED"
    FACTOR_FAILED = "FACTOR_FAILED"
    TRAINING_DATABASE = "TRAINING_DATABASE"
    COOKIES_BLOCKED = "COOKIES_BLOCKED"
    FEE_LOCK = "FEE_LOCK"
    BUSY = "BUSY"
    THROTTLED = "THROTTLED"
    VERIFIER_DOWN = "VERIFIER_DOWN"
    INTERRUPTED = "INTERRUPTED"
    SESSION_ENDED = "SESSION_ENDED"
    FORM_STALE = "FORM_STALE"
    FORM_NOT_OURS = "FORM_NOT_OURS"
    PAGE_NOT_FOUND = "PAGE_NOT_FOUND"
    COURT_NOT_FOUND = "COURT_NOT_FOUND"
    FORM_TOO_LARGE = "FORM_TOO_LARGE"
    FORM_NOT_READABLE = "FORM_NOT_READABLE"
    BROKEN = "BROKEN"


class Helps(StrEnum):
    """Which desk can help: the court's for its CM/ECF account, PACER's for the PACER account (domain notes, 0).

    `RESETS` is whichever of them resets a CM/ECF password of this court.
    """

    COURT = "court"
    PACER = "pacer"
    BOTH = "both"
    RESETS = "resets"
    NOBODY = "nobody"


@dataclass(frozen=True, kw_only=True)
class Telling:
    """What a state's page says, in English; it is translated where it is shown. `at_risk`: filing is not possible."""

    title: str
    happened: str
    next_step: str
    status: int
    helps: Helps = Helps.NOBODY
    at_risk: bool = False
    causes: tuple[str, ...] = ()
