"""The workers as the parent sees them: started, heard, told when to begin, halted, ended; none outlives its parent."""

import asyncio
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple, Self

from pydantic import ValidationError

from services.replay.outcome import Code, NoConnection, Unusable
from services.replay.run.lines import Order, Progress
from services.runtime.orphans import die_with_parent

READY_S_MAX: Final = 60.0
END_S_MAX: Final = 30.0
SAID_BYTES_MAX: Final = 4_000


class _Worker:
    """One process, and what it said last."""

    def __init__(self, number: int, process: asyncio.subprocess.Process) -> None:
        self.number = number
        self.process = process
        self.last = Progress()
        self.ready_cpu_s = 0.0
        self.errors = b""
        self.ready = asyncio.Event()
        self.connected = False
        self._hearing = [asyncio.create_task(self._hear()), asyncio.create_task(self._overhear())]

    def tell(self, order: Order) -> None:
        if self.process.stdin is not None and not self.process.stdin.is_closing():
            self.process.stdin.write(order.line())

    async def heard(self) -> int:
        """Return its exit code when it has ended and everything that it said was read."""
        await asyncio.gather(*self._hearing)
        return await self.process.wait()

    async def _hear(self) -> None:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            with suppress(ValidationError):  # a line cut short by its end
                self.last = Progress.model_validate_json(line)
            if self.last.ready:
                self.connected = True
                self.ready_cpu_s = self.last.cpu_s
                self.ready.set()
        self.ready.set()

    async def _overhear(self) -> None:
        assert self.process.stderr is not None
        async for line in self.process.stderr:
            self.errors = (self.errors + line)[-SAID_BYTES_MAX:]


class Sum(NamedTuple):
    """All workers together since they were ready; `late_p99_ms` is of the one that is worst."""

    sent: int
    acknowledged: int
    failed: int
    late_p99_ms: float
    cpu_s: float
    trouble: str


class Workers:
    """An `async with` block around the workers of one job; all have ended when it is left."""

    def __init__(self, job_path: Path, count: int) -> None:
        self._job_path = job_path
        self._count = count
        self._workers: list[_Worker] = []

    async def __aenter__(self) -> Self:
        """Start them and wait until each is connected. Raises NoConnection or Unusable with what it said."""
        try:
            for number in range(self._count):
                self._workers.append(_Worker(number, await self._started(number)))
            await self._connected()
        except BaseException:
            await self._kill()
            raise
        return self

    async def _connected(self) -> None:
        try:
            async with asyncio.timeout(READY_S_MAX):
                for worker in self._workers:
                    await worker.ready.wait()
        except TimeoutError:
            raise NoConnection(f"the workers were not connected within {READY_S_MAX:g} s; nothing was sent") from None
        for worker in self._workers:
            if not worker.connected:
                raise await _failure(worker)

    async def __aexit__(self, *_: object) -> None:
        if any(worker.process.returncode is None for worker in self._workers):
            # Whatever went wrong here, what they sent shall be written down.
            self._tell(Order(do="end"))
            await self.ended()

    def begin(self, start_s: float) -> None:
        """Play the timeline from this wall-clock second on."""
        self._tell(Order(do="begin", start_s=start_s))

    def halt(self) -> None:
        """Send nothing more; what is under way may still be answered."""
        self._tell(Order(do="halt"))

    async def end(self) -> None:
        """Let each write down what it knows and end. Raises Unusable, NoConnection where one failed."""
        self._tell(Order(do="end"))
        codes = await self.ended()
        for worker, code in zip(self._workers, codes, strict=True):
            if code:
                raise await _failure(worker)

    async def ended(self) -> list[int]:
        """Return the exit codes when all have ended; one that does not within END_S_MAX is killed."""
        try:
            async with asyncio.timeout(END_S_MAX):
                return [await worker.heard() for worker in self._workers]
        except TimeoutError:
            await self._kill()
            return [await worker.heard() for worker in self._workers]

    @property
    def settled(self) -> bool:
        """Whether everything was handed over and answered: the workers end by themselves then."""
        return all(worker.last.ended or worker.process.returncode is not None for worker in self._workers)

    @property
    def over(self) -> bool:
        """Whether everything was handed over, answered or not."""
        return self.settled or all(worker.last.over for worker in self._workers)

    @property
    def sum(self) -> Sum:
        lasts: Sequence[Progress] = [worker.last for worker in self._workers]
        return Sum(
            sent=sum(each.sent for each in lasts),
            acknowledged=sum(each.acknowledged for each in lasts),
            failed=sum(each.failed for each in lasts),
            late_p99_ms=max((each.late_p99_ms for each in lasts), default=0.0),
            cpu_s=sum(worker.last.cpu_s - worker.ready_cpu_s for worker in self._workers),
            trouble=next((each.trouble for each in lasts if each.trouble), ""),
        )

    def _tell(self, order: Order) -> None:
        for worker in self._workers:
            worker.tell(order)

    async def _started(self, number: int) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            *("-P", "-m", "services.replay.run.worker", str(self._job_path), str(number)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            # Its end of the pipe tells it that we are gone; this is for when it is too busy to hear.
            preexec_fn=die_with_parent(signal.SIGTERM),
            # So that Ctrl-C at the terminal reaches the parent alone, from the first moment on.
            start_new_session=True,
        )

    async def _kill(self) -> None:
        for worker in self._workers:
            if worker.process.returncode is None:
                with suppress(ProcessLookupError):
                    worker.process.kill()
        for worker in self._workers:
            await worker.heard()


async def _failure(worker: _Worker) -> Unusable | NoConnection:
    code = await worker.heard()
    said = worker.errors.decode(errors="replace").strip().removeprefix("ecflink replay: ")
    told = f"worker {worker.number} ended with code {code}: {said or 'it said nothing'}"
    return NoConnection(told) if code == Code.NO_CONNECTION else Unusable(told)
