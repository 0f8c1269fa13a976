"""Who may try to sign in now: by address and court before any work, by account and place before a password is verified.

There is no hard lock. A place where an account signed in before waits for its own wrong tries alone; anybody else waits
THROTTLE_DELAY_S_MAX at most, and the ticket that comes with the wait is admitted after it whatever others do.
Names that no account has are treated exactly alike. All of it is this process's memory, with a bound on every table.
"""

from collections.abc import Iterable
from contextlib import AbstractContextManager
from datetime import datetime
from math import ceil
from typing import Final, NamedTuple, Protocol

from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute, RateLimitItemPerSecond
from limits.strategies import MovingWindowRateLimiter

from services.auth.portal.ports import Busy, Client, Throttled
from services.auth.protection.crowds import RETRY_AFTER_S, Crowds
from services.auth.protection.delays import Delays
from services.auth.protection.settings import ProtectionSettings
from services.auth.protection.strangers import Strangers
from services.auth.protection.tickets import Held, Tickets
from services.auth.protection.windows import BoundedWindows
from services.auth.signon.attempts import address_prefix
from services.contract.throttles import ThrottleKind
from services.runtime.clock import Clock

# Tickets of one account and place that are admitted in a minute: several people may sit behind one address prefix.
TICKETS_PER_MINUTE: Final = 6
# Codes of a second factor that are looked at in an hour: of a million, three are right at each moment.
CODES_PER_HOUR: Final = 30


class Verdicts(Protocol):
    """What the guard decided, for all processes together."""

    def until(self, kind: ThrottleKind, subject: str, now: datetime) -> datetime | None: ...


class Limiter:
    """The limits of this process. An account is named as in the login events: its login, or a keyed hash of a name."""

    def __init__(self, settings: ProtectionSettings, verdicts: Verdicts, form_secret: bytes, clock: Clock) -> None:
        self._verdicts = verdicts
        self._clock = clock
        self._delay_s_max = settings.throttle_delay_s_max
        self._tickets = Tickets(form_secret)
        bounds = {"free": settings.throttle_failures, "delay_s_max": settings.throttle_delay_s_max}
        self._pairs, self._accounts = Delays(**bounds), Delays(**bounds)
        self._strangers = Strangers()
        self._crowds = Crowds(settings.sign_in_address_per_minute)
        self._store = BoundedWindows(lambda: clock().timestamp())
        self._windows = MovingWindowRateLimiter(self._store)
        self._per_address = RateLimitItemPerMinute(settings.sign_in_address_per_minute, namespace="address")
        self._per_court = RateLimitItemPerSecond(settings.sign_in_court_per_second, namespace="court")
        self._per_ticket = RateLimitItemPerMinute(TICKETS_PER_MINUTE, namespace="ticket")
        self._per_factor = RateLimitItemPerHour(CODES_PER_HOUR, namespace="factor")

    def before(self, client: Client, court_id: str | None) -> None:
        """Count a try of an address prefix and of a court. Raises Busy when either has had its share."""
        self._hit(self._per_address, address_prefix(client.address))
        self._hit(self._per_court, court_id or "")

    def under_way(self, client: Client) -> AbstractContextManager[None]:
        """Count a try as under way for the time of a block. Raises Busy where its network has enough of them."""
        return self._crowds.one_more(address_prefix(client.address))

    def full_s(self, client: Client, court_id: str | None) -> int:
        """Return after how many seconds `under_way` and `before` would let a try pass, 0 for now; it is not counted."""
        at, prefix = self._clock().timestamp(), address_prefix(client.address)
        shares = ((self._per_address, prefix), (self._per_court, court_id or ""))
        crowd_s = RETRY_AFTER_S if self._crowds.full(prefix) else 0
        return max(crowd_s, *(ceil(self._store.full_s(limit, key, at)) for limit, key in shares))

    def admit(self, account: str, client: Client, *, known_place: bool, ticket: str = "") -> None:
        """Let a try pass, and count it until `failed` or `succeeded` tells. Raises Throttled with a ticket."""
        prefix, at = address_prefix(client.address), self._clock().timestamp()
        wait_s = self.wait_s(account, client, known_place=known_place)
        held = self._tickets.read(ticket, account, prefix, now=at) if ticket else None
        if wait_s > 0 and not known_place:
            self._strangers.met(account, prefix, at)
        if wait_s > 0:
            self._redeem(held, ticket, _Try(account, prefix, at), wait_s)
        if held is not None:
            self._tickets.use(held, now=at)
        self._pairs.begin(_pair(account, prefix), at, known_place=known_place)
        if not known_place:
            self._accounts.begin(account, at)

    def guess(self, account: str, *, known_place: bool) -> None:
        """Count a code of a second factor, wherever it comes from and whatever ticket it brings. Raises Throttled.

        Reached with the right password alone, so no stranger can use it up; a known place has a share of its own.
        """
        key = f"{'known' if known_place else 'new'}|{account}"
        if not self._windows.hit(self._per_factor, key):
            raise Throttled(self._frees_s(self._per_factor, key), "")

    def stranger(self, account: str, client: Client, ticket: str = "") -> Throttled | None:
        """Return what `admit` would raise for a try that need not be looked at; None: it must be.

        So for an account that is certainly not known at this place and has to wait, without a ticket that is due. What
        the address alone has coming is not told here: it holds for any name, also one that is counted by another.
        """
        prefix, now = address_prefix(client.address), self._clock()
        at = now.timestamp()
        if not self._strangers.holds(account, prefix, at) or self._account_s(account, prefix, now) <= 0:
            return None
        held = self._tickets.read(ticket, account, prefix, now=at) if ticket else None
        if held is not None and held.wait_s <= 0:
            return None
        wait_s = self.wait_s(account, client, known_place=False)
        return self._later(held, ticket, _Try(account, prefix, at), wait_s)

    def worth_learning(self, account: str, client: Client) -> bool:
        """Say whether the account makes strangers wait, and it is not known yet where the account is known."""
        prefix, now = address_prefix(client.address), self._clock()
        waits = self._account_s(account, prefix, now) > 0
        return waits and not self._strangers.learnt(account, now.timestamp())

    def learn(self, account: str, prefixes: Iterable[str]) -> None:
        """These are all the places where an account is known."""
        self._strangers.learn(account, prefixes, self._clock().timestamp())

    def wait_s(self, account: str, client: Client, *, known_place: bool) -> float:
        """Return how long a try without a ticket would have to wait; 0 when it would be admitted."""
        prefix, now = address_prefix(client.address), self._clock()
        if known_place:
            return self._pairs.wait_s(_pair(account, prefix), now.timestamp())
        return max(self._account_s(account, prefix, now), self._guarded_s(ThrottleKind.ADDRESS, prefix, now))

    def failed(self, account: str, client: Client, court_id: str | None) -> None:  # noqa: ARG002 - for limits by court
        """Count a wrong try: for the place, and unless the account is known there, for all strangers together."""
        at = self._clock().timestamp()
        pair = _pair(account, address_prefix(client.address))
        if not self._pairs.at_known_place(pair):
            self._accounts.fail(account, at)
        self._pairs.fail(pair, at)

    def succeeded(self, account: str, client: Client) -> None:
        """Forget the wrong tries of the place. Those of strangers elsewhere stay."""
        prefix = address_prefix(client.address)
        pair = _pair(account, prefix)
        self._strangers.settle(account, prefix)
        if not self._pairs.at_known_place(pair):
            self._accounts.settle(account)
        self._pairs.forget(pair)

    def untried(self, account: str, client: Client) -> None:
        """Take back that a try was admitted: it was not decided, by no fault of who tried."""
        pair = _pair(account, address_prefix(client.address))
        if not self._pairs.at_known_place(pair):
            self._accounts.settle(account)
        self._pairs.settle(pair)

    def _account_s(self, account: str, prefix: str, now: datetime) -> float:
        """Return how long a stranger waits for what was tried at this account, whatever the address has coming."""
        at = now.timestamp()
        own_s = max(self._pairs.wait_s(_pair(account, prefix), at), self._accounts.wait_s(account, at))
        return max(own_s, self._guarded_s(ThrottleKind.ACCOUNT, account, now))

    def _guarded_s(self, kind: ThrottleKind, subject: str, now: datetime) -> float:
        end = self._verdicts.until(kind, subject, now)
        # The guard may throttle for longer than anybody has to wait here.
        return 0.0 if end is None else min(self._delay_s_max, (end - now).total_seconds())

    def _redeem(self, held: Held | None, ticket: str, tried: "_Try", wait_s: float) -> None:
        if held is None or held.wait_s > 0:
            raise self._later(held, ticket, tried, wait_s)
        account, prefix, _ = tried
        if not self._windows.hit(self._per_ticket, _pair(account, prefix)):
            raise Throttled(self._frees_s(self._per_ticket, _pair(account, prefix)), ticket)

    def _later(self, held: Held | None, ticket: str, tried: "_Try", wait_s: float) -> Throttled:
        """Return the wait with a new ticket, or what is left of the one that was brought."""
        if held is not None:
            return Throttled(ceil(held.wait_s), ticket)
        account, prefix, at = tried
        return Throttled(ceil(wait_s), self._tickets.issue(account, prefix, due_at=at + wait_s))

    def _hit(self, limit: RateLimitItem, key: str) -> None:
        if not self._windows.hit(limit, key):
            raise Busy(self._frees_s(limit, key))

    def _frees_s(self, limit: RateLimitItem, key: str) -> int:
        frees_at = self._windows.get_window_stats(limit, key).reset_time
        return max(1, ceil(frees_at - self._clock().timestamp()))


class _Try(NamedTuple):
    account: str
    prefix: str
    at: float


def _pair(account: str, prefix: str) -> str:
    return f"{prefix}|{account}"
