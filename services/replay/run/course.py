"""The timed part of a run: observers stand ready, workers begin together, and everything is watched until all is back.

A fault of the system under test never stops the timeline. Ctrl-C or a condition of `--abort-on` does; what was sent by
then is still waited for, and a second Ctrl-C ends that too.
"""

import asyncio
import signal
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from services.replay.measure.observing import WATCHES, Observers, observing
from services.replay.measure.timings import Timings
from services.replay.measure.windows import Limits
from services.replay.run.workers import Sum, Workers
from services.runtime.faults import Transient
from services.runtime.settings import KafkaSettings

LEAD_S: Final = 0.5
LOOK_S: Final = 0.25
INTERRUPTED: Final = "interrupted by Ctrl-C"


class Sight(NamedTuple):
    """What is known in mid-run, for the live view and for conditions to abort."""

    now_s: float
    """Seconds from the start."""
    workers: Sum
    timings: Timings
    draining: bool


Look = Callable[[Sight], str | None]
"""Is shown the run every LOOK_S seconds; a sentence that it returns aborts the run for that reason."""


class Course(NamedTuple):
    """How a run went. `until_s`: where offering ended, `ended_s`: where waiting ended, in seconds from the start.

    `aborted` says why it ended early; `away` what of the servers did not answer at its end.
    """

    until_s: float
    ended_s: float
    aborted: str | None
    away: str
    workers: Sum
    clock_ms: dict[str, float]


class Run:
    """One run under way."""

    def __init__(self, timings: Timings, limits: Limits, folder: Path) -> None:
        self._timings = timings
        self._limits = limits
        self._folder = folder
        self._aborted: str | None = None
        self._impatient = asyncio.Event()
        self._until_s = float(timings.instants[-1]) if len(timings) else 0.0
        self._away = ""
        self._connecting: asyncio.Task[object] | None = None

    async def play(self, settings: KafkaSettings, job: Path, *, workers: int, look: Look) -> Course:
        """Play the timeline. Raises Transient, NoConnection or Unusable where it cannot begin or a worker fails.

        Raises CancelledError where it is stopped before it began.
        """
        self._connecting = asyncio.current_task()
        with self._interruptible():
            watches = [watch for watch in WATCHES if watch.stage in self._limits.stages]
            async with observing(settings, self._timings, watches) as observers, Workers(job, workers) as crew:
                self._connecting = None
                start_s = time.time() + LEAD_S
                self._timings.begin(start_s)
                crew.begin(start_s)
                await self._send(crew, observers, look)
                await self._drain(crew, observers, look)
                ended_s = time.time() - start_s
                clock_ms = {str(stage): ms for stage, ms in observers.smallest_ms.items()}
            return Course(self._until_s, ended_s, self._aborted, self._away, crew.sum, clock_ms)

    def stop(self) -> None:
        """Send nothing more; the second time: wait for nothing more. Before the beginning: do not begin."""
        if self._connecting is not None:
            self._connecting.cancel()
            self._connecting = None  # once: the second time would cut the clearing up short
        elif self._aborted is None:
            self._abort(INTERRUPTED)
        else:
            self._impatient.set()

    async def _send(self, crew: Workers, observers: Observers, look: Look) -> None:
        while not crew.over:
            if self._aborted is not None:
                crew.halt()
                return
            await self._looked(crew, observers, look, draining=False)

    async def _drain(self, crew: Workers, observers: Observers, look: Look) -> None:
        """Wait until everything came back, or for as long as the drain may take; then let the workers end."""
        deadline_s = time.monotonic() + self._limits.drain_limit_s
        taken = False
        while time.monotonic() < deadline_s and not self._impatient.is_set():
            if crew.settled and not taken:
                taken = await self._taken(crew)
            if taken and not self._timings.awaited(self._limits.last):
                return
            await self._looked(crew, observers, look, draining=True)
        if not taken:
            await self._taken(crew)

    async def _taken(self, crew: Workers) -> bool:
        await crew.end()
        self._timings.take_sent(self._folder)
        return True

    async def _looked(self, crew: Workers, observers: Observers, look: Look, *, draining: bool) -> None:
        try:
            observers.check()
            self._away = ""
        except Transient as trouble:
            # It may come back: the timeline goes on meanwhile.
            self._away = str(trouble)
        now_s = time.time() - self._timings.start_s
        reason = look(Sight(now_s, crew.sum, self._timings, draining))
        if reason is not None and not draining:
            self._abort(reason)
        elif not self._impatient.is_set():
            await _moment(self._impatient)

    def _abort(self, reason: str) -> None:
        self._aborted = reason
        self._until_s = min(self._until_s, max(0.0, time.time() - self._timings.start_s))

    @contextmanager
    def _interruptible(self) -> Generator[None]:
        loop = asyncio.get_running_loop()
        numbers = (signal.SIGINT, signal.SIGTERM)
        for number in numbers:
            loop.add_signal_handler(number, self.stop)
        try:
            yield
        finally:
            for number in numbers:
                loop.remove_signal_handler(number)


async def _moment(sooner: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(LOOK_S):
            await sooner.wait()
    except TimeoutError:
        return
