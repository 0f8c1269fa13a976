"""Time-based one-time codes (RFC 6238: SHA-1, six digits, steps of thirty seconds), one step of drift either way."""

import hmac
from datetime import datetime
from typing import Final

import pyotp

DIGITS: Final = 6
STEP_S: Final = 30
DRIFT_STEPS: Final = 1
APP_COUNT_MAX: Final = 5
"""PACER's limit: five apps an account, so that staff who share an office each have one (domain notes, 3.4)."""

_GROUP: Final = 4


def new_seed() -> str:
    """Return a random seed in base32: 160 bits, as RFC 4226 recommends."""
    return pyotp.random_base32()


def step_of(now: datetime) -> int:
    """Return the number of the time step."""
    return int(now.timestamp()) // STEP_S


def matching_step(seed: str, code: str, now: datetime, *, after: int) -> int | None:
    """Return the time step whose code this is, among those later than `after`; None when it is none of them."""
    made = pyotp.HOTP(seed, digits=DIGITS)
    present = step_of(now)
    found = None
    for step in range(present - DRIFT_STEPS, present + DRIFT_STEPS + 1):
        if step > after and hmac.compare_digest(made.at(step).encode(), code.encode()):
            found = step
    return found


def address(seed: str, *, account: str, issuer: str) -> str:
    """Return the otpauth address that an app reads from the picture."""
    return pyotp.TOTP(seed, digits=DIGITS, interval=STEP_S).provisioning_uri(name=account, issuer_name=issuer)


def grouped(seed: str) -> str:
    """Return the seed in groups of four, to be typed."""
    return " ".join(seed[start : start + _GROUP] for start in range(0, len(seed), _GROUP))
