"""The recording itself: lines from the source into the file, until it ends.

However it ends, the file is whole and says how far it goes.
"""

import asyncio
import signal
import time
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass

import numpy as np

from services.replay.capture.spans import Span
from services.replay.capture.stretches import Stretch
from services.replay.outcome import NoConnection
from services.replay.recording.manifest import Manifest
from services.replay.recording.writing import RecordingWriter
from services.runtime.faults import Halt, Transient


class CutShort(NoConnection):
    """The broker went away under a recording. `manifest` is of the file, which is whole up to there."""

    def __init__(self, message: str, manifest: Manifest) -> None:
        super().__init__(message)
        self.manifest = manifest


@dataclass(frozen=True, kw_only=True)
class Limits:
    """When a recording ends by itself. `flush_s` is how long a record waits at most before it is on the disk."""

    count_max: int | None = None
    for_s: float | None = None
    flush_s: float | None = None


class Capture:
    """One recording under way. `why` says afterwards why it ended; `stop` ends it at the next batch."""

    def __init__(self, writer: RecordingWriter, spans: Sequence[Span], limits: Limits) -> None:
        self.why = "the end of the range"
        self.stop = asyncio.Event()
        self._writer = writer
        self._names = [(span.topic, span.place.partition) for span in spans]
        self._next_offsets = np.array([span.start for span in spans], np.int64)
        self._limits = limits
        self._flushed_at = time.monotonic()

    async def run(self, batches: AsyncGenerator[Stretch], progress: Callable[[int], None]) -> Manifest:
        """Write until the source, a limit or `stop` ends it, and return the manifest.

        Raises CutShort where the broker is gone, Halt where the log no longer holds what comes next, and Stopped where
        the disk takes no more; the file is whole then.
        """
        try:
            async with aclosing(batches):
                await self._written(batches, progress)
        except (Transient, Halt) as trouble:
            manifest = self._writer.close(ended_by=str(trouble))
            told = f"{trouble}. {self._writer.path} is valid and has {manifest.count:,} records. {self._go_on()}"
            if isinstance(trouble, Halt):
                raise Halt(told) from None
            raise CutShort(told, manifest) from None
        return self._writer.close(ended_by=self.why)

    async def _written(self, batches: AsyncGenerator[Stretch], progress: Callable[[int], None]) -> None:
        started = time.monotonic()
        async for batch in batches:
            left = None if self._limits.count_max is None else self._limits.count_max - self._writer.count
            kept = batch if left is None or len(batch) <= left else batch.part(0, left)
            self._writer.write_lines(kept.lines, kept.counted(self._names))
            # Of the lines of a partition the last one counts.
            self._next_offsets[kept.places] = kept.offsets + 1
            progress(len(kept))
            self._flush()
            if left is not None and len(batch) >= left:
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
        places = sorted(zip(self._names, self._next_offsets.tolist(), strict=True))
        return "To go on in another file: " + " ".join(
            [f"--from {topic}/{number}={offset}" for (topic, number), offset in places]
        )


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
