"""A record of `auth-logins-v1` taken apart: either a login event, or Poison that is counted and passed over.

The recount reads with the same function, so that both leave out the same records.
"""

from pydantic import ValidationError

from services.contract.logins import LoginAttempted


class Poison(Exception):
    """A record that is no login event; `args[0]` is the reason in one or two words, for a metric's label."""


def read(key: bytes | None, value: bytes | None) -> LoginAttempted:
    """Return the event. Raises Poison: `tombstone`, `malformed` (bad JSON or wrong schema), `key`."""
    if value is None:
        raise Poison("tombstone")
    try:
        event = LoginAttempted.model_validate_json(value)
    except ValidationError:
        raise Poison("malformed") from None
    if key != event.account.encode():
        raise Poison("key")
    return event
