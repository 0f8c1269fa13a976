"""Keeps a worker to its timeline: says how many records are due, and wakes it when the next one is.

Linux has timers that are exact to some ten microseconds; elsewhere the event loop's own, exact to a millisecond.
"""

import asyncio
import os
import time
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

WAKE_PAUSE_S_MIN: Final = 0.0005
"""At high rates records are handed over a few at a time, at most this long after the first of them was due."""


class Watch:
    """The wall clock as it was when the watch was made, plus what has passed since: it never jumps."""

    def __init__(self) -> None:
        self._offset_s = time.time() - time.monotonic()

    def now_s(self) -> float:
        """Return wall-clock seconds."""
        return time.monotonic() + self._offset_s

    def monotonic_s(self, at_s: float) -> float:
        """Return a wall-clock second of this watch as `time.monotonic` will say it."""
        return at_s - self._offset_s


class Timeline:
    """The instants of one worker, seconds from the start, non-decreasing; and where the start is."""

    def __init__(self, instants: NDArray[np.float64]) -> None:
        self._instants = instants
        self.start_s = float("inf")

    def __len__(self) -> int:
        return len(self._instants)

    def due(self, now_s: float) -> int:
        """Return how many instants have come."""
        return int(np.searchsorted(self._instants, now_s - self.start_s, side="right"))

    def next_s(self, position: int, now_s: float) -> float:
        """Return when to look again, having come to this position: never early, and not too often."""
        return max(self.start_s + float(self._instants[position]), now_s + WAKE_PAUSE_S_MIN)

    def late_s(self, first: int, until: int, handed_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return by how many seconds positions [first, until) were handed over late."""
        late: NDArray[np.float64] = handed_s[first:until] - self.start_s - self._instants[first:until]
        return late


class Alarm:
    """Calls back once at a moment of its watch. Close it when done."""

    def __init__(self, watch: Watch, wake: Callable[[], None]) -> None:
        self._watch = watch
        self._loop = asyncio.get_running_loop()
        self._wake = wake
        self._handle: asyncio.TimerHandle | None = None
        self._timer = os.timerfd_create(time.CLOCK_MONOTONIC, flags=os.TFD_NONBLOCK | os.TFD_CLOEXEC) if _EXACT else -1
        if _EXACT:
            self._loop.add_reader(self._timer, self._ring)

    def set(self, at_s: float) -> None:
        """Ring at this moment; at once where it has passed. Another `set` before takes its place."""
        if _EXACT:
            # Nought would disarm it.
            moment_s = max(self._watch.monotonic_s(at_s), 1e-9)
            os.timerfd_settime(self._timer, flags=os.TFD_TIMER_ABSTIME, initial=moment_s)
        else:
            self._disarm()
            self._handle = self._loop.call_later(max(0.0, at_s - self._watch.now_s()), self._wake)

    def close(self) -> None:
        """Ring no more."""
        self._disarm()
        if _EXACT:
            self._loop.remove_reader(self._timer)
            os.close(self._timer)

    def _disarm(self) -> None:
        if self._handle is not None:
            self._handle.cancel()

    def _ring(self) -> None:
        try:
            os.read(self._timer, 8)
        except BlockingIOError:  # set anew meanwhile
            return
        self._wake()


_EXACT: Final = hasattr(os, "timerfd_create")
