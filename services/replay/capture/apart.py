"""Reads half or more of a large range in a process of its own: one core alone does not keep up with a broker.

The process is gone when the block around it is left, however that is.
"""

import asyncio
import signal
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Final

from services.replay.capture.frames import next_framed
from services.replay.capture.reader import order_of
from services.replay.capture.spans import Span
from services.replay.capture.stretches import Stretch
from services.replay.outcome import Code
from services.runtime.faults import Halt, Transient
from services.runtime.orphans import die_with_parent
from services.runtime.settings import KafkaSettings

WORTH_IT_COUNT: Final = 200_000
PIPE_BYTES_MAX: Final = 1 * 1024 * 1024
SAID_BYTES_MAX: Final = 4_000
_SAYS: Final = "ecflink replay: "


def shared_out(spans: Sequence[Span]) -> tuple[list[Span], list[Span]]:
    """Return the spans that are read here and those, half of the records or more, that are read apart: none where they
    are few, as the start of a process takes as long as they do.
    """
    counts = {span.number: 0 if span.end is None else span.end - span.start for span in spans}
    if sum(counts.values()) < WORTH_IT_COUNT or any(span.end is None for span in spans):
        return list(spans), []
    halves: tuple[list[Span], list[Span]] = ([], [])
    sums = [0, 0]
    for span in sorted(spans, key=lambda span: counts[span.number], reverse=True):
        lighter = int(sums[1] <= sums[0])
        halves[lighter].append(span)
        sums[lighter] += counts[span.number]
    return halves if sums[1] >= sums[0] else halves[::-1]


@asynccontextmanager
async def read_apart(settings: KafkaSettings, spans: Sequence[Span]) -> AsyncGenerator[AsyncGenerator[Stretch]]:
    """Give the lines of spans for the time of a block. Taking them raises Transient where the broker or the process is
    gone, Halt where the log no longer holds them.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-P", "-m", "services.replay.capture.reader"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=PIPE_BYTES_MAX,
        preexec_fn=die_with_parent(signal.SIGKILL),
        # So that Ctrl-C at the terminal reaches the recorder alone.
        start_new_session=True,
    )
    try:
        yield _lines(process, order_of(settings, spans))
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _lines(process: asyncio.subprocess.Process, order: bytes) -> AsyncGenerator[Stretch]:
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    saying = asyncio.create_task(_said(process.stderr))
    try:
        with suppress(ConnectionError):  # one that is gone is told by its exit code
            process.stdin.write(order)
            process.stdin.close()
        while (stretch := await next_framed(process.stdout)) is not None:
            yield stretch
        said, code = await saying, await process.wait()
    finally:
        saying.cancel()
    told = said.removeprefix(_SAYS)
    if code and told == said:  # not by its own words: it was killed, or failed
        raise Transient(f"a process that reads for the recorder ended with {code}: {said}")
    if code == Code.UNUSABLE:
        raise Halt(told)
    if code:
        raise Transient(told)


async def _said(pipe: asyncio.StreamReader) -> str:
    """Return the end of what was said on a pipe until it ended."""
    said = b""
    while more := await pipe.read(SAID_BYTES_MAX):
        said = (said + more)[-SAID_BYTES_MAX:]
    lines = said.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing"
