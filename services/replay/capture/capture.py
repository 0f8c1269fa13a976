"""The recording itself: records from the source, through filters and redaction, into the file, until it ends.

However it ends, the file is whole and says how far it goes.
"""

import asyncio
import signal
import time
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass

from services.replay.capture.canary import Canary
from services.replay.capture.filters import Filter
from services.replay.capture.redaction import Redaction
from services.replay.outcome import NoConnection
from services.replay.recording.manifest import Manifest
from services.replay.recording.record import Recorded
from services.replay.recording.writing import RecordingWriter
from services.runtime.faults import Transient


class CutShort(NoConnection):
    """The broker went away under a recording. `manifest` is of the file, which is whole up to there."""

    def __init__(self, message: str, manifest: Manifest) -> None:
        super().__init__(message)
        self.manifest = manifest


@dataclass(frozen=True, kw_only=True)
class Sieve:
    """What of the records is written, and in which form."""

    filters: Sequence[Filter] = ()
    redaction: Redaction | None = None
    canary: Canary | None = None

    def sifted(self, records: list[Recorded]) -> list[Recorded]:
        """Return the records that pass every filter, redacted."""
        for passes in self.filters:
            records = [record for record in records if passes(record)]
        if self.redaction is None:
            return records
        return [made for record in records if (made := self._redacted(self.redaction, record)) is not None]

    def _redacted(self, redaction: Redaction, record: Recorded) -> Recorded | None:
        redacted = redaction.of(record)
        left = None if self.canary is None else self.canary.left_in(redacted)
        if left is None:
            return redacted.record
        redaction.leave_out(f"records in whose {left} an original was left")
        return None


@dataclass(frozen=True, kw_only=True)
class Limits:
    """When a recording ends by itself. `flush_s` is how long a record waits at most before it is on the disk."""

    count_max: int | None = None
    for_s: float | None = None
    flush_s: float | None = None


class Capture:
    """One recording under way. `why` says afterwards why it ended; `stop` ends it at the next batch."""

    def __init__(self, writer: RecordingWriter, sieve: Sieve, limits: Limits) -> None:
        self.why = "the end of the range"
        self.stop = asyncio.Event()
        self._writer = writer
        self._sieve = sieve
        self._limits = limits
        self._next_offsets: dict[tuple[str, int], int] = {}
        self._flushed_at = time.monotonic()

    async def run(self, batches: AsyncGenerator[list[Recorded]], progress: Callable[[int], None]) -> Manifest:
        """Write until the source, a limit or `stop` ends it, and return the manifest.

        Raises CutShort where the broker is gone and Stopped where the disk takes no more; the file is whole then.
        """
        try:
            async with aclosing(batches):
                await self._written(batches, progress)
        except Transient as trouble:
            manifest = self._writer.close(ended_by=str(trouble))
            raise CutShort(
                f"{trouble}. {self._writer.path} is valid and has {manifest.count:,} records. {self._go_on()}", manifest
            ) from None
        return self._writer.close(ended_by=self.why)

    async def _written(self, batches: AsyncGenerator[list[Recorded]], progress: Callable[[int], None]) -> None:
        started = time.monotonic()
        async for batch in batches:
            records = self._sieve.sifted(batch)
            left = None if self._limits.count_max is None else self._limits.count_max - self._writer.count
            self._writer.write(records[:left])
            self._next_offsets |= {(each.topic, each.partition): each.offset + 1 for each in batch}
            progress(len(records[:left]))
            self._flush()
            if left is not None and len(records) >= left:
                self.why = f"--count {self._limits.count_max}"
                return
            if self._limits.for_s is not None and time.monotonic() - started >= self._limits.for_s:
                self.why = f"--for {self._limits.for_s:g}"
                return
            if self.stop.is_set():
                self.why = "hand"
                return

    def _flush(self) -> None:
        now = time.monotonic()
        if self._limits.flush_s is not None and now - self._flushed_at >= self._limits.flush_s:
            self._writer.flush()
            self._flushed_at = now

    def _go_on(self) -> str:
        places = [f"--from {topic}/{number}={offset}" for (topic, number), offset in sorted(self._next_offsets.items())]
        return f"To go on in another file: {' '.join(places)}" if places else "Nothing was read yet: start again"


@contextmanager
def ended_by_hand(stop: asyncio.Event) -> Generator[None]:
    """Let Ctrl-C and SIGTERM set the event for the time of a block, so that the file is closed in order."""
    loop = asyncio.get_running_loop()
    signals = (signal.SIGINT, signal.SIGTERM)
    for each in signals:
        loop.add_signal_handler(each, stop.set)
    try:
        yield
    finally:
        for each in signals:
            loop.remove_signal_handler(each)
