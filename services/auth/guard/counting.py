"""Counting a running stream: each record into the state, each verdict out at once, and the rest once a second.

Once a second, in this order: the verdicts are acknowledged, the state is stored, the records are acknowledged to Kafka.
A kill in between delivers records again; the stored marks tell which of them were counted.
"""

import asyncio
from typing import Any, Final

from services.auth.guard.marks import Place
from services.auth.guard.metrics import Metrics
from services.auth.guard.publisher import ThrottlePublisher
from services.auth.guard.records import Poison, read
from services.auth.guard.state import State
from services.auth.guard.stream import StateTable
from services.contract.logins import LoginAttempted
from services.contract.throttles import ThrottleKind
from services.runtime.clock import Clock
from services.runtime.log import log

STORE_S: Final = 1.0
SWEEP_S: Final = 5.0
ACK_SLICE: Final = 100
SWEEP_SLICE: Final = 200
_TOLD_EACH_S: Final = 1.0


class Counting:
    """The counting of one run of the stream. `trouble` is set when the run must end."""

    def __init__(
        self, state: State, table: StateTable, publisher: ThrottlePublisher, metrics: Metrics, clock: Clock
    ) -> None:
        self._state = state
        self._table = table
        self._publisher = publisher
        self._metrics = metrics
        self._clock = clock
        self._held: list[tuple[Any, Any]] = []
        self._lock = asyncio.Lock()
        self._told_at_s = float("-inf")
        self.trouble: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def take(self, stream: Any, event: Any) -> None:  # noqa: ANN401 - Faust's own
        """Count one record of the stream. Never raises: an agent that raises loses the record."""
        try:
            async with self._lock:
                await self._count(event.message)
                self._held.append((stream, event))
        except Exception as trouble:  # noqa: BLE001 - handed to the run, which ends with nothing acknowledged
            if not self.trouble.done():
                self.trouble.set_exception(trouble)
            await asyncio.Event().wait()

    async def _count(self, message: Any) -> None:  # noqa: ANN401
        place, now = Place(message.partition, message.offset), self._clock()
        try:
            event = read(message.key, message.value)
        except Poison as poison:
            self._state.pass_over(place)
            self._pass_over(place, str(poison))
            return
        new, throttles = self._state.take(place, event, now)
        self._note(event, new=new)
        for throttle in throttles:
            await self._publisher.begin(throttle, now)
            self._metrics.verdicts.labels(throttle.kind.value, throttle.reason.value).inc()

    def _note(self, event: LoginAttempted, *, new: bool) -> None:
        if new:
            labels = (event.court_id or "", event.outcome.value, event.credential.value)
            self._metrics.logins.labels(*labels).inc(event.attempts)
        else:
            self._metrics.repeated.inc()

    def _pass_over(self, place: Place, why: str) -> None:
        self._metrics.poison.labels(why).inc()
        at_s = asyncio.get_running_loop().time()
        if at_s - self._told_at_s >= _TOLD_EACH_S:  # a flood of them is counted, not told one by one
            self._told_at_s = at_s
            log.warning("guard.passed-over", partition=place.partition, offset=place.offset, why=why)

    async def recalled(self) -> None:
        """Begin from what is stored: after each recovery of the table."""
        self._held.clear()
        self._state.recall(self._table.stored(), self._clock())
        self._gauge()

    async def store(self) -> None:
        """Store what changed, then acknowledge what was counted."""
        async with self._lock:
            held, self._held = self._held, []
            changes, verdicts = self._state.changes(), self._publisher.unsettled()
        await self._publisher.settle(verdicts)
        await self._table.store(changes)
        for number, (stream, event) in enumerate(held):
            if number % ACK_SLICE == 0:
                await asyncio.sleep(0)
            await stream.ack(event)

    async def tend(self) -> None:
        """Store and sweep until cancelled."""
        loop = asyncio.get_running_loop()
        swept_at_s = loop.time()
        while True:
            await asyncio.sleep(STORE_S)
            await self.store()
            if loop.time() - swept_at_s >= SWEEP_S:
                swept_at_s = loop.time()
                await self.sweep()

    async def sweep(self) -> None:
        """Forget what is past, and publish which throttles have ended."""
        now = self._clock()
        self._state.sweep_hours(now)
        for number, subject in enumerate(self._state.subjects()):
            if number % SWEEP_SLICE == 0:
                await asyncio.sleep(0)
            if not self._state.ends(subject, now):
                self._state.sweep(subject, now)
                continue
            # Locked, so that the word that it ended never comes after that of a new throttle.
            async with self._lock:
                if self._state.sweep(subject, now):
                    await self._publisher.end(subject, now)
        self._gauge()

    def _gauge(self) -> None:
        now = self._clock()
        in_force = [subject.kind for subject, _ in self._state.throttled(now)]
        for kind in ThrottleKind:
            self._metrics.in_force.labels(kind.value).set(in_force.count(kind))
            self._metrics.subjects.labels(kind.value).set(len(self._state.windows[kind]))
        self._metrics.hours.set(len(self._state.hours))
        self._metrics.forgotten.set(self._state.forgotten)
