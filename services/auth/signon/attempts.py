"""The record of sign-in attempts as `auth-logins-v1` events: what is told of each, and never a secret.

Successes are outbox rows in the transaction of what they allow. Failures are best effort: a bounded buffer, no disk
write, so that a guesser costs us no I/O; what is dropped is counted.
"""

import hmac
import ipaddress
from collections import Counter, deque
from datetime import datetime
from functools import lru_cache
from typing import Final, NamedTuple

from uuid_utils.compat import uuid7

from services.auth.metrics import Metrics
from services.auth.outbox.rows import Row
from services.auth.portal.ports import Client
from services.auth.signon.accounts import storable
from services.contract.envelope import Source, envelope
from services.contract.logins import Credential, LoginAttempted, LoginOutcome, LoginStep, Via
from services.contract.topics import AUTH_LOGINS
from services.runtime.clock import Clock

FAILURE_COUNT_MAX: Final = 10_000
# Told by prefix for so many in a second, for all others together: telling of each would hold up the loop.
SHED_PREFIX_COUNT_MAX: Final = 200
PREFIX_COUNT_MAX: Final = 4_096
_IPV4_PREFIX_BITS: Final = 24
_IPV6_PREFIX_BITS: Final = 56
_ELSEWHERE: Final = "many"

_Place = tuple[LoginOutcome, Credential, str]


class Attempts:
    """The attempts of this process."""

    def __init__(self, form_secret: bytes, metrics: Metrics, clock: Clock) -> None:
        # A key of its own, so that what signs forms never meets what hashes names.
        self._name_key = hmac.digest(form_secret, b"ecflink: names in login events", "sha256")
        self._metrics = metrics
        self._clock = clock
        self._buffer: deque[Row] = deque()
        self._turned_away: Counter[_Place] = Counter()

    def unknown(self, credential: Credential, name: str) -> str:
        """Return the keyed hash under which tries at a name that no account has are counted.

        Two spellings of one login are one name here as well, as they are where an account is looked up.
        """
        typed = f"{credential}:{storable(name)}".encode()
        return f"unknown:{hmac.digest(self._name_key, typed, 'sha256').hex()[:32]}"

    def succeeded(self, attempt: "Attempt") -> Row:
        """Return the event of a success, for the outbox."""
        return self._row(attempt, LoginOutcome.SUCCEEDED, 1)

    def failed(self, attempt: "Attempt") -> None:
        """Buffer the event of a failure."""
        self._push(self._row(attempt, LoginOutcome.FAILED, 1))

    def shed(self, credential: Credential, client: Client) -> None:
        """Count an attempt that was turned away for want of room, before any hash; summed up by `sum_shed`."""
        self._turn_away(LoginOutcome.SHED, credential, client)

    def throttled(self, credential: Credential, client: Client) -> None:
        """Count an attempt that has to wait after wrong ones, before any hash; summed up by `sum_shed`."""
        self._turn_away(LoginOutcome.THROTTLED, credential, client)

    def sum_shed(self) -> None:
        """Turn what was turned away since the last call into one event per outcome, credential and address prefix."""
        sums, self._turned_away = self._turned_away, Counter()
        for (outcome, credential, prefix), count in sums.items():
            attempt = Attempt(f"{outcome}:{prefix}", credential, None, prefix, self._clock())
            self._push(self._row(attempt, outcome, count))

    def _turn_away(self, outcome: LoginOutcome, credential: Credential, client: Client) -> None:
        place = (outcome, credential, address_prefix(client.address))
        if place not in self._turned_away and len(self._turned_away) >= SHED_PREFIX_COUNT_MAX:
            place = (outcome, credential, _ELSEWHERE)
        self._turned_away[place] += 1

    def take(self, count_max: int) -> list[Row]:
        """Remove and return the oldest buffered events."""
        return [self._buffer.popleft() for _ in range(min(count_max, len(self._buffer)))]

    def give_back(self, rows: list[Row]) -> None:
        """Put events back that could not be published; those for which there is no room are dropped and counted."""
        room = FAILURE_COUNT_MAX - len(self._buffer)
        kept = rows[max(0, len(rows) - room) :] if room > 0 else []
        self._metrics.failures_dropped.inc(len(rows) - len(kept))
        self._buffer.extendleft(reversed(kept))

    def _push(self, row: Row) -> None:
        if len(self._buffer) >= FAILURE_COUNT_MAX:
            self._buffer.popleft()
            self._metrics.failures_dropped.inc()
        self._buffer.append(row)

    def _row(self, attempt: "Attempt", outcome: LoginOutcome, count: int) -> Row:
        self._metrics.attempts.labels(attempt.credential.value, outcome.value).inc(count)
        event = LoginAttempted(**attempt._asdict(), outcome=outcome, attempts=count)
        headers = envelope(
            ce_id=str(uuid7()), ce_type=AUTH_LOGINS.event_type, source=Source.AUTH, time=attempt.attempted_at
        )
        return Row(AUTH_LOGINS, attempt.account.encode(), headers, event.encode())


class Attempt(NamedTuple):
    """Who tried what, from where, when. `account` is a login id or what `Attempts.unknown` returns."""

    account: str
    credential: Credential
    court_id: str | None
    address_prefix: str
    attempted_at: datetime
    via: Via | None = None
    step: LoginStep | None = None


@lru_cache(maxsize=PREFIX_COUNT_MAX)  # several ask about the same try
def address_prefix(address: str) -> str:
    """Return the /24 or /56 of a client's address, `unknown` for what is no address."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    bits = _IPV4_PREFIX_BITS if isinstance(parsed, ipaddress.IPv4Address) else _IPV6_PREFIX_BITS
    return str(ipaddress.ip_network(f"{parsed}/{bits}", strict=False))
