"""Tickets for who has to wait: brought back after its time, one is admitted once, whatever others do meanwhile.

A ticket is signed and bound to account and address prefix, and names neither. Each process remembers which were used.
"""

import hmac
import secrets
from collections import OrderedDict
from typing import Final, NamedTuple

USABLE_S: Final = 300.0
USED_COUNT_MAX: Final = 100_000
TICKET_CHARACTERS_MAX: Final = 120
_ID_BYTES: Final = 9


class Held(NamedTuple):
    """A genuine ticket: its id, and for how long it has to wait yet (0: it is due)."""

    ticket_id: str
    wait_s: float


class Tickets:
    """Issues and reads tickets. Times are seconds since 1970."""

    def __init__(self, form_secret: bytes) -> None:
        self._key = hmac.digest(form_secret, b"ecflink: sign-in tickets", "sha256")
        self._used: OrderedDict[str, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._used)

    def issue(self, account: str, prefix: str, *, due_at: float) -> str:
        """Return a ticket that is due at a moment."""
        due_ms, ticket_id = f"{int(due_at * 1000):x}", secrets.token_urlsafe(_ID_BYTES)
        return f"{due_ms}.{ticket_id}.{self._seal(due_ms, ticket_id, account, prefix)}"

    def read(self, ticket: str, account: str, prefix: str, *, now: float) -> Held | None:
        """Return what is held; None for what is not ours, another's, used or too old."""
        due_ms, _, rest = ticket.partition(".")
        ticket_id, _, seal = rest.partition(".")
        if not ticket.isascii() or len(ticket) > TICKET_CHARACTERS_MAX or ticket_id in self._used:
            return None
        if not hmac.compare_digest(seal, self._seal(due_ms, ticket_id, account, prefix)):
            return None
        due_at = int(due_ms, 16) / 1000
        return None if now > due_at + USABLE_S else Held(ticket_id, max(0.0, due_at - now))

    def use(self, held: Held, *, now: float) -> None:
        """Mark a ticket as used. Only due ones are, so that what is kept grows no faster than tries are admitted."""
        while self._used and (len(self._used) >= USED_COUNT_MAX or next(iter(self._used.values())) < now):
            self._used.popitem(last=False)
        self._used[held.ticket_id] = now + USABLE_S

    def _seal(self, due_ms: str, ticket_id: str, account: str, prefix: str) -> str:
        told = f"{due_ms}|{ticket_id}|{prefix}|{account}"
        return hmac.digest(self._key, told.encode("utf-8", "surrogatepass"), "sha256").hex()[:40]
