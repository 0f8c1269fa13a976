"""Letters in hand that wait for a connection, in the order in which they came; and how long each had to."""

import time
from collections import deque
from collections.abc import Iterable

from prometheus_client import Histogram

from services.notifier.position import Delivery


class Waiting:
    """A queue. `seconds` gets the wait of each letter's first attempt, from its taking in, also by an earlier owner."""

    def __init__(self, seconds: Histogram) -> None:
        self._seconds = seconds
        self._letters: deque[tuple[float, Delivery]] = deque()

    def __len__(self) -> int:
        """Count what waits."""
        return len(self._letters)

    def extend(self, deliveries: Iterable[Delivery]) -> None:
        """Put letters at the end."""
        now_s = time.monotonic()
        self._letters.extend((now_s, delivery) for delivery in deliveries)

    def rest(self) -> list[Delivery]:
        """Take all that is left, which nobody will send from here."""
        left = [delivery for _, delivery in self._letters]
        self._letters.clear()
        return left

    def take(self, count_max: int) -> list[Delivery]:
        """Take letters from the front."""
        now_s = time.monotonic()
        taken = [self._letters.popleft() for _ in range(min(count_max, len(self._letters)))]
        for since_s, delivery in taken:
            if not delivery.attempts:
                self._seconds.observe(delivery.age_s + now_s - since_s)
        return [delivery for _, delivery in taken]
