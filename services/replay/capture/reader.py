"""A process of its own that reads some partitions: `python -m services.replay.capture.reader`.

What it reads stands on its standard input, as the recorder wrote it there; the lines, merged by time, go to its
standard output. A full pipe holds it up, so that it is never far ahead.
"""

import pickle
import sys
from collections.abc import Sequence
from typing import BinaryIO

import uvloop

from services.replay.capture.frames import framed
from services.replay.capture.sieve import Sieve
from services.replay.capture.source import Source, opened
from services.replay.capture.spans import Span
from services.replay.outcome import exiting
from services.replay.recording.uncollected import uncollected
from services.runtime.settings import KafkaSettings


def order_of(settings: KafkaSettings, spans: Sequence[Span]) -> bytes:
    """Return what such a process is told. It goes through a pipe: a password is in it."""
    return pickle.dumps((settings, list(spans)))


async def _read(settings: KafkaSettings, spans: Sequence[Span], output: BinaryIO) -> None:
    async with opened(settings, len(spans)) as client:
        async for stretch in Source(client, spans, Sieve()).merged():
            if len(stretch):
                output.write(framed(stretch))
                output.flush()


@exiting()
def main() -> None:
    """Read what it is told to, to the end."""
    settings, spans = pickle.loads(sys.stdin.buffer.read())  # noqa: S301 - our own parent wrote it
    with uncollected():
        uvloop.run(_read(settings, spans, sys.stdout.buffer))


if __name__ == "__main__":
    main()
