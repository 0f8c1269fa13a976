"""How many tries of each network are under way: one network's rush fills no queue that others wait in.

What a network may do in a minute it may not do all at once. Pure but for memory, which holds what is under way alone.
"""

from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from services.auth.portal.ports import Busy

# Programs sign in twenty at once, and an office has one address.
AT_ONCE_MIN: Final = 20
# At most so much of a minute's share is under way at once.
MINUTE_PARTS: Final = 6
RETRY_AFTER_S: Final = 1


class Crowds:
    """The tries under way by address prefix."""

    def __init__(self, per_minute: int) -> None:
        self._at_once_max = max(AT_ONCE_MIN, per_minute // MINUTE_PARTS)
        self._under_way: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._under_way)

    def full(self, prefix: str) -> bool:
        """Say whether one more would be turned away."""
        return self._under_way[prefix] >= self._at_once_max

    @contextmanager
    def one_more(self, prefix: str) -> Generator[None]:
        """Count a try for the time of a block. Raises Busy where too many of its network are under way."""
        if self.full(prefix):
            raise Busy(RETRY_AFTER_S)
        self._under_way[prefix] += 1
        try:
            yield
        finally:
            self._under_way[prefix] -= 1
            if not self._under_way[prefix]:
                del self._under_way[prefix]
