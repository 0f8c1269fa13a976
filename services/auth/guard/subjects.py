"""The windows of one kind of subject, bounded: where there is no room, the one that failed longest ago is forgotten.

Bounded are the subjects and, as one prefix may hold much more than another, what they hold together.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from heapq import heappop, heappush
from typing import Final, NamedTuple

from services.auth.guard.windows import Window
from services.contract.throttles import ThrottleKind


class Bound(NamedTuple):
    """How many subjects there may be, and how many cells their windows may hold together."""

    subjects: int
    cells: int


BOUNDS: Final = {
    ThrottleKind.ACCOUNT: Bound(subjects=50_000, cells=500_000),
    ThrottleKind.ADDRESS: Bound(subjects=20_000, cells=500_000),
}


class Subjects(Mapping[str, Window]):
    """Windows by the names of their subjects, in the order in which they last changed."""

    def __init__(self, bound: Bound) -> None:
        self._bound = bound
        self._windows: OrderedDict[str, Window] = OrderedDict()
        self._cells = 0

    def __getitem__(self, name: str) -> Window:
        return self._windows[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._windows)

    def __len__(self) -> int:
        return len(self._windows)

    def touch(self, name: str) -> Window:
        """Return a subject's window, which is about to change; a new one where there is none. Then call `weigh`."""
        window = self._windows.get(name)
        if window is None:
            window = self._windows[name] = Window()
        self._windows.move_to_end(name)
        return window

    def weigh(self, name: str) -> list[str]:
        """Count what a window holds now; return the subjects that were forgotten to make room."""
        window = self._windows[name]
        self._cells += window.cells - window.weighed
        window.weighed = window.cells
        gone = []
        while self._too_many(len(self._windows)):
            oldest = next(iter(self._windows))
            self.drop(oldest)
            gone.append(oldest)
        return gone

    def drop(self, name: str) -> None:
        """Forget a subject."""
        self._cells -= self._windows.pop(name).weighed

    def recall(self, windows: Iterable[tuple[str, Window]]) -> list[str]:
        """Become these windows, the newest of them as far as there is room; return those that there was none for."""
        self._windows.clear()
        self._cells = 0
        kept: list[tuple[int, str, Window]] = []
        gone: list[str] = []
        first_minute = 0
        for name, window in windows:
            if window.newest < first_minute:
                gone.append(name)
                continue
            window.weighed = window.cells
            self._cells += window.weighed
            heappush(kept, (window.newest, name, window))
            while self._too_many(len(kept)):
                first_minute, oldest, forgotten = heappop(kept)
                self._cells -= forgotten.weighed
                gone.append(oldest)
        self._windows.update((name, window) for _, name, window in sorted(kept, key=lambda each: each[:2]))
        return gone

    def _too_many(self, subjects: int) -> bool:
        return subjects > self._bound.subjects or self._cells > self._bound.cells
