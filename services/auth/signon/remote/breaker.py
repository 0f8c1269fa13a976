"""Asks no remote sign-on that is down: after failures in a row nobody is sent there for a while, then one goes ahead.

Our own: the library for it waits for threads, lets every caller through when it tries again, and reads the wall clock.
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from math import ceil

from services.auth.portal.ports import Busy


class Unreachable(Exception):
    """The remote sign-on did not answer as it should; nothing is known of the credentials."""


class Open(Exception):
    """It is not asked at the moment."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"not asked for {retry_after_s} seconds")
        self.retry_after_s = retry_after_s


class Breaker:
    """Counts failures in a row. `seconds` is a clock that only grows; `opened` and `closed` hear of each change."""

    def __init__(
        self,
        *,
        failures_max: int,
        open_s: float,
        seconds: Callable[[], float],
        opened: Callable[[], None],
        closed: Callable[[], None],
    ) -> None:
        self._failures_max = failures_max
        self._open_s = open_s
        self._seconds = seconds
        self._opened = opened
        self._closed = closed
        self._failures = 0
        self._open_until: float | None = None
        self._trying = False

    @contextmanager
    def guarded(self) -> Generator[None]:
        """Run a block that asks. Raises Open instead when it may not ask.

        Unreachable from the block counts as a failure. Busy is an answer: who says so is not down.
        """
        trial = self._admit()
        try:
            yield
        except Unreachable:
            self._failed(trial=trial)
            raise
        except Busy:
            self._succeeded()
            raise
        else:
            self._succeeded()
        finally:
            # Also where the filer went away, which tells nothing of the other side.
            self._trying = self._trying and not trial

    def _admit(self) -> bool:
        if self._open_until is None:
            return False
        wait_s = self._open_until - self._seconds()
        if wait_s > 0 or self._trying:
            raise Open(max(1, ceil(wait_s)))
        self._trying = True
        return True

    def _failed(self, *, trial: bool) -> None:
        self._failures += 1
        if trial or (self._open_until is None and self._failures >= self._failures_max):
            newly = self._open_until is None
            self._open_until = self._seconds() + self._open_s
            if newly:
                self._opened()

    def _succeeded(self) -> None:
        self._failures = 0
        if self._open_until is not None:
            self._open_until = None
            self._closed()
