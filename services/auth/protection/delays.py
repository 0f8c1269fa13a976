"""Growing delays: the first wrong tries wait for nothing, then 1, 2, 4 … seconds, up to a bound. Pure but for memory.

A try counts from the moment that it is admitted until it is known to be right, so that many at once gain nothing.
"""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

KEY_COUNT_MAX: Final = 100_000
# Who has not tried for so long begins anew.
FORGOTTEN_AFTER_S: Final = 3600.0
# A try that was admitted and never told of (turned away later on, the filer gone) counts no longer than this.
UNTOLD_S_MAX: Final = 10.0


@dataclass(slots=True)
class _Tries:
    at: float
    failures: int = 0
    under_way: int = 0
    known_place: bool = False


class Delays:
    """Wrong tries by key. Times are seconds of one clock; the key that was tried longest ago is forgotten first."""

    def __init__(self, *, free: int, delay_s_max: int, key_count_max: int = KEY_COUNT_MAX) -> None:
        self._free = free
        self._delay_s_max = delay_s_max
        self._key_count_max = key_count_max
        self._tries: OrderedDict[str, _Tries] = OrderedDict()

    def __len__(self) -> int:
        return len(self._tries)

    def wait_s(self, key: str, now: float) -> float:
        """Return how long this key has to wait; 0 when it may try now."""
        tries = self._tries.get(key)
        if tries is None or now - tries.at >= FORGOTTEN_AFTER_S:
            return 0.0
        under_way = tries.under_way if now - tries.at < UNTOLD_S_MAX else 0
        over = tries.failures + under_way - self._free
        if over < 0:
            return 0.0
        # The exponent is bounded before the power is taken: the count has no bound.
        delay_s = min(self._delay_s_max, 2 ** min(over, 16))
        left_s: float = tries.at + delay_s - now
        return max(0.0, left_s)

    def begin(self, key: str, now: float, *, known_place: bool = False) -> None:
        """Count a try that was admitted."""
        tries = self._fresh(key, now)
        if now - tries.at >= UNTOLD_S_MAX:
            tries.under_way = 0
        tries.under_way += 1
        tries.at, tries.known_place = now, known_place

    def fail(self, key: str, now: float) -> None:
        """Count a try as wrong; it need not have been admitted here."""
        tries = self._fresh(key, now)
        tries.under_way = max(0, tries.under_way - 1)
        tries.failures += 1
        tries.at = now

    def settle(self, key: str) -> None:
        """One try under way was not wrong: it counts no more, the wrong ones stay."""
        tries = self._tries.get(key)
        if tries is not None:
            tries.under_way = max(0, tries.under_way - 1)

    def forget(self, key: str) -> None:
        """A right try: begin anew."""
        self._tries.pop(key, None)

    def at_known_place(self, key: str) -> bool:
        """Say whether the last try of this key was made where its account is known."""
        tries = self._tries.get(key)
        return tries is not None and tries.known_place

    def _fresh(self, key: str, now: float) -> _Tries:
        tries = self._tries.get(key)
        if tries is None or now - tries.at >= FORGOTTEN_AFTER_S:
            tries = self._tries[key] = _Tries(now)
        self._tries.move_to_end(key)
        if len(self._tries) > self._key_count_max:
            self._tries.popitem(last=False)
        return tries
