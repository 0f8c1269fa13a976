"""A worker: a process of its own that plays its share of the timeline and leaves `sent-<number>.npz`.

`python -m services.replay.run.worker JOB NUMBER`; orders come on standard input, progress goes to standard output.
"""

import asyncio
import logging
import signal
import sys
import time
from collections.abc import AsyncGenerator, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import uvloop

from services.replay.front_door.opening import front_door_player
from services.replay.outcome import Unusable, exiting
from services.replay.plan.spooled import Spool
from services.replay.profile.loading import load_profile
from services.replay.run.collecting import seldom_collected
from services.replay.run.job import Job, load_job
from services.replay.run.lines import PROGRESS_S, Order, Progress
from services.replay.run.pacing import Timeline
from services.replay.run.players import Into, Player, Share
from services.replay.run.sent import Sent
from services.replay.run.topic import TopicPlayer

HALTED_LOOK_COUNT: Final = 20
"""How often an orderly end looks whether what is under way was answered, PROGRESS_S apart."""


class Worker:
    """One share being played."""

    def __init__(self, job: Job, number: int, spool: Spool) -> None:
        self._topics = set(spool.topics)
        mine = np.flatnonzero(spool.worker == number).astype(np.uint32)
        self._job = job
        self._number = number
        self._reader = spool.reader(number)
        self._share = Share(self._reader, Timeline(spool.instants[mine]), Sent(mine))
        self._ended = asyncio.Event()
        self._told = 0
        self.begun = False
        self._crash: BaseException | None = None
        self._heard = _LastWord()

    async def run(self) -> None:
        """Play until all is handed over and answered, or the parent wants it ended. Raises Transient, Unusable."""
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(self._crashed)
        loop.add_signal_handler(signal.SIGTERM, self._ended.set)
        player = _player(self._job, self._share, self._number, self._topics)
        try:
            await player.start()
            _say(Progress(ready=True, cpu_s=time.process_time()))
            orders = asyncio.create_task(self._obey(player))
            while not await self._settled(player):
                _say(self._progress(player))
                self._reader.let_go()
            orders.cancel()
        finally:
            try:
                await player.close()
            finally:
                self.keep()
        _say(self._progress(player).model_copy(update={"ended": True, "over": True}))
        if self._crash is not None:
            raise Unusable(
                f"worker {self._number} failed: {self._crash!r}; what was sent until then is in {self._job.folder}"
            )

    async def _settled(self, player: Player) -> bool:
        """Return after a moment whether there is nothing left to do."""
        try:
            async with asyncio.timeout(PROGRESS_S):
                await self._ended.wait()
        except TimeoutError:
            return player.over and not self._share.sent.outstanding
        return True

    async def _obey(self, player: Player) -> None:
        async for order in _orders():
            if order.do == "begin":
                self.begun = True
                player.begin(order.start_s)
            else:
                player.halt()
            if order.do == "end":
                break
        player.halt()
        # While the broker is away nothing more comes.
        for _ in range(HALTED_LOOK_COUNT):
            if not self._share.sent.outstanding or self._heard.lately:
                break
            await asyncio.sleep(PROGRESS_S)
        self._ended.set()

    def _progress(self, player: Player) -> Progress:
        sent = self._share.sent
        late_s = self._share.timeline.late_s(self._told, sent.handed, sent.handed_s)
        self._told = sent.handed
        return Progress(
            over=player.over,
            sent=sent.handed,
            acknowledged=sent.acknowledged,
            failed=sent.failed,
            late_p99_ms=float(np.percentile(late_s, 99)) * 1000 if len(late_s) else 0.0,
            cpu_s=time.process_time(),
            trouble=player.trouble or self._heard.lately,
        )

    def keep(self) -> None:
        """Write down what was sent. One that was begun leaves its file even if that is nothing. Raises Unusable."""
        if not self.begun:
            return
        try:
            self._share.sent.save(self._job.folder, self._number)
        except OSError as error:
            told = f"{error.strerror}: what worker {self._number} sent could not be written down"
            raise Unusable(f"{self._job.folder}: {told}") from error

    def _crashed(self, _: asyncio.AbstractEventLoop, context: Mapping[str, Any]) -> None:
        """Whatever nobody else handles ends the worker: a timeline that stands still must not look like one played."""
        self._crash = context.get("exception") or RuntimeError(str(context.get("message")))
        self._ended.set()


class _LastWord(logging.Handler):
    """What Kafka's client says of trouble, instead of hundreds of lines a minute while a broker is away."""

    RECENT_S: Final = 2.0

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._said = ""
        self._at_s = float("-inf")
        logging.root.handlers[:] = [self]

    def emit(self, record: logging.LogRecord) -> None:
        self._said, self._at_s = record.getMessage(), time.monotonic()

    @property
    def lately(self) -> str:
        return self._said if time.monotonic() - self._at_s < self.RECENT_S else ""


def _player(job: Job, share: Share, number: int, topics: set[str]) -> Player:
    if job.into is Into.FRONT_DOOR:
        return front_door_player(job, share, number)
    settings = load_profile(job.profile).kafka_settings()
    return TopicPlayer(settings, share, topics=topics, buffer_bytes_max=job.buffer_bytes_max)


async def _orders() -> AsyncGenerator[Order]:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    async for line in reader:
        yield Order.model_validate_json(line)


def _say(progress: Progress) -> None:
    sys.stdout.buffer.write(progress.line())
    sys.stdout.buffer.flush()


@exiting()
def main(job_path: Path, number: int) -> None:
    """Run worker `number` of a job."""
    job = load_job(job_path)
    worker = Worker(job, number, Spool.open(job.spool))
    with seldom_collected():
        uvloop.run(worker.run())


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
