"""A record of `auth-logins-v1` taken apart: either a login event, or Poison that is counted and passed over.

The recount reads with the same function, so that both leave out the same records.
"""

from typing import Final

from pydantic import ValidationError

from services.contract.logins import LoginAttempted

# What no writer of ours sends, and no count and no calendar could take.
ATTEMPTS_MAX: Final = 1_000_000
YEAR_MIN: Final = 2000
YEAR_MAX: Final = 2200


class Poison(Exception):
    """A record that is no login event; `args[0]` is the reason in one or two words, for a metric's label."""


def read(key: bytes | None, value: bytes | None) -> LoginAttempted:
    """Return the event. Raises Poison: `tombstone`, `malformed` (JSON or schema), `key`, `attempts`, `time`."""
    if value is None:
        raise Poison("tombstone")
    try:
        event = LoginAttempted.model_validate_json(value)
    except ValidationError:
        raise Poison("malformed") from None
    if key != event.account.encode():
        raise Poison("key")
    if event.attempts > ATTEMPTS_MAX:
        raise Poison("attempts")
    if not YEAR_MIN <= event.attempted_at.year <= YEAR_MAX:
        raise Poison("time")
    return event
