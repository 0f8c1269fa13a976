"""Keeps the embedded stack's processes: starts them, starts again what ends, ends all in reverse order.

A part that ends is started again after a delay that doubles each time, and falls back once the part has lived long.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, Self

from services.ops.stack.process import Process

RESTART_DELAY_S_MIN = 1.0
RESTART_DELAY_S_MAX = 30.0
_STEADY_AFTER_S = 60.0
_TEND_EVERY_S = 0.2


class Part(Protocol):
    process: Process

    def prepare(self) -> None: ...
    def launch(self) -> None: ...
    def wait_ready(self) -> None: ...
    def stop(self) -> None: ...


@dataclass
class _Watched:
    part: Part
    launched_at_s: float
    delay_s: float = RESTART_DELAY_S_MIN
    due_at_s: float | None = None

    @property
    def name(self) -> str:
        return self.part.process.command.name


class Supervisor:
    """A `with` block: whatever was launched in it has ended when it is left."""

    def __init__(self, *, say: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._say = say
        self._clock = clock
        self._watched: list[_Watched] = []

    def launch(self, part: Part) -> None:
        """Prepare and start a part, without waiting until it is ready."""
        part.prepare()
        self._watched.append(_Watched(part, self._clock()))
        part.launch()

    def tend_for_ever(self) -> None:
        """Watch until a signal's exception ends it."""
        while True:
            self.tend()
            time.sleep(_TEND_EVERY_S)

    def tend(self) -> None:
        """Look at every part once, and start again those that are due."""
        now = self._clock()
        for each in self._watched:
            if each.part.process.running:
                continue
            if each.due_at_s is None:
                self._plan(each, now)
            elif now >= each.due_at_s:
                each.due_at_s = None
                each.launched_at_s = now
                each.part.launch()

    def stop(self) -> None:
        """End every part, the last one first."""
        while self._watched:
            self._watched.pop().part.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _plan(self, each: _Watched, now: float) -> None:
        if now - each.launched_at_s > _STEADY_AFTER_S:
            each.delay_s = RESTART_DELAY_S_MIN
        each.due_at_s = now + each.delay_s
        self._say(f"{each.name} ended with code {each.part.process.exit_code}: started again in {each.delay_s:.0f} s")
        each.delay_s = min(each.delay_s * 2, RESTART_DELAY_S_MAX)
