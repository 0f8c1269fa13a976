"""What the embedded stack tells while it starts: lines, and one bar for the downloads of a first start.

On a terminal the bar moves; elsewhere every quarter is a line. Both go to standard error: standard output is for
what a command was asked for.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

Advance = Callable[[int, int], None]
_LINES_PER_DOWNLOAD = 4


class Progression:
    """`say(line)` tells one thing; `step(name)` times one; `downloading(name)` shows how far a download is."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._console = Console(file=sys.stderr, highlight=False, soft_wrap=True, quiet=quiet)
        self._quiet = quiet

    def say(self, line: str) -> None:
        self._console.print(line, markup=False)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        began = time.monotonic()
        yield
        self.say(f"{name:<44}{time.monotonic() - began:6.1f} s")

    @contextmanager
    def downloading(self, name: str) -> Iterator[Advance]:
        if self._quiet or not self._console.is_terminal:
            yield self._as_lines(name)
            return
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=self._console, transient=True) as bar:
            task = bar.add_task(name, total=None, visible=False)
            yield lambda done, total: bar.update(task, completed=done, total=total, visible=True)

    def _as_lines(self, name: str) -> Advance:
        def advance(done: int, total: int) -> None:
            if done * _LINES_PER_DOWNLOAD // total > (done - 1) * _LINES_PER_DOWNLOAD // total:
                self.say(f"{name}: {done} of {total}")

        return advance
