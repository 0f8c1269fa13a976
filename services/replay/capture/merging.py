"""Several streams of lines in one order: by time, as far as each stream's own order allows. Pure."""

from collections.abc import Iterable
from typing import Final

import numpy as np

from services.replay.capture.stretches import NOTHING_KNOWN_MS, Stretch

_END_MS: Final = 2**63 - 1


class Merge[Key]:
    """Takes stretches of streams, each in its order, and gives out what can be ordered: what is no later than the time
    up to which every stream is known.
    """

    def __init__(self, keys: Iterable[Key]) -> None:
        self._known_ms = dict.fromkeys(keys, NOTHING_KNOWN_MS)
        self._held: dict[Key, Stretch] = {}

    def count(self, key: Key) -> int:
        """Return how many lines of a stream wait."""
        held = self._held.get(key)
        return 0 if held is None else len(held)

    def line_bytes(self, key: Key) -> int:
        """Return how long the lines of a stream that wait are."""
        held = self._held.get(key)
        return 0 if held is None else held.line_bytes

    def __bool__(self) -> bool:
        return bool(self._held)

    def add(self, key: Key, stretch: Stretch, known_ms: int) -> None:
        """Take the next lines of a stream, of which everything before a time is known then."""
        if key in self._known_ms:
            self._known_ms[key] = known_ms
        if len(stretch):
            held = self._held.get(key)
            self._held[key] = stretch if held is None else Stretch.joined([held, stretch])

    def end(self, key: Key) -> None:
        """No more comes of a stream."""
        self._known_ms.pop(key, None)

    def taken(self) -> Stretch:
        """Give out what can be ordered, in its order."""
        until = min(self._known_ms.values(), default=_END_MS)
        taken = []
        for key, held in list(self._held.items()):
            end = int(np.searchsorted(held.order_ms, until, side="right"))
            if end == len(held):
                del self._held[key]
            elif end:
                self._held[key] = held.part(end, len(held))
            if end:
                taken.append(held.part(0, end))
        return Stretch.joined(taken).by_time() if len(taken) != 1 else taken[0]
