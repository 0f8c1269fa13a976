"""A bounded store for the moving windows of the library `limits`.

Its own memory store starts a timer thread for each burst and has no bound; this one has neither thread nor timer. The
key that was used longest ago makes room for a new one.
"""

from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Final

from limits import RateLimitItem
from limits.storage import MovingWindowSupport, Storage

KEY_COUNT_MAX: Final = 200_000
Seconds = Callable[[], float]


class BoundedWindows(Storage, MovingWindowSupport):
    """The moments of the last hits of each key. `seconds` is the clock: any number of seconds that only grows."""

    STORAGE_SCHEME = None

    def __init__(self, seconds: Seconds, key_count_max: int = KEY_COUNT_MAX) -> None:
        super().__init__()
        self._seconds = seconds
        self._key_count_max = key_count_max
        self._hits: OrderedDict[str, deque[float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._hits)

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Take `amount` of the `limit` hits that a key may have within `expiry` seconds; False when it has had them."""
        now = self._seconds()
        hits = self._hits.setdefault(key, deque())
        self._hits.move_to_end(key)
        while hits and hits[0] <= now - expiry:
            hits.popleft()
        if len(hits) + amount > limit:
            return False
        hits.extend([now] * amount)
        if len(self._hits) > self._key_count_max:
            self._hits.popitem(last=False)
        return True

    def full_s(self, limit: RateLimitItem, name: str, now: float) -> float:
        """Return after how many seconds a key may be hit again, 0 for now; what a flood asks at each try.

        At least one second, where it may not.
        """
        hits = self._hits.get(limit.key_for(name))
        if hits is None or len(hits) < limit.amount:
            return 0.0
        left_s = hits[-limit.amount] + limit.get_expiry() - now
        return max(1.0, left_s) if left_s > 0 else 0.0

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:  # noqa: ARG002 - its signature
        """Return when the oldest hit within the window was, and how many there are."""
        now = self._seconds()
        within = [hit for hit in self._hits.get(key, ()) if hit > now - expiry]
        return (within[0], len(within)) if within else (now, 0)

    def clear(self, key: str) -> None:
        """Forget a key."""
        self._hits.pop(key, None)

    def reset(self) -> int:
        """Forget all; return how many keys there were."""
        count = len(self._hits)
        self._hits.clear()
        return count

    def check(self) -> bool:
        """Memory is always there."""
        return True

    @property
    def base_exceptions(self) -> type[Exception]:
        """Nothing of a store in memory fails."""
        return OSError

    # The library's other strategies count in fixed windows, which this store does not offer.
    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Not offered."""
        raise NotImplementedError

    def get(self, key: str) -> int:
        """Not offered."""
        raise NotImplementedError

    def get_expiry(self, key: str) -> float:
        """Not offered."""
        raise NotImplementedError
