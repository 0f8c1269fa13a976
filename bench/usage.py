"""Who used the processor during a measurement: cores by part, so that a figure can say what limits it."""

import time
from collections import defaultdict
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

import psutil

_PARTS: Final = (
    ("java", "Kafka"),
    ("postgres", "Postgres"),
    ("smtp-sink", "smtp-sink"),
    ("services.ops linker", "linker"),
    ("services.ops notifier", "notifier"),
    ("services.ops auth", "auth"),
    ("bench.", "generator"),
)


class Usage:
    """Cores used by each part from the beginning of the block to its end; what ended before that is not counted."""

    def __init__(self) -> None:
        self.cores: dict[str, float] = {}

    def __str__(self) -> str:
        parts = sorted(self.cores.items(), key=lambda item: -item[1])
        return ", ".join(f"{name} {cores:.2f}" for name, cores in parts if cores >= 0.01)


@contextmanager
def using() -> Generator[Usage]:
    """Measure the processes that this one started, and their own, for the time of a block."""
    usage = Usage()
    before, started = _seconds(), time.monotonic()
    yield usage
    elapsed_s = time.monotonic() - started
    after = _seconds()
    totals: dict[str, float] = defaultdict(float)
    for (_, part), seconds in ((key, value - before.get(key, 0.0)) for key, value in after.items()):
        totals[part] += seconds / elapsed_s
    usage.cores = dict(totals)


def _seconds() -> dict[tuple[int, str], float]:
    found = {}
    for process in psutil.Process().children(recursive=True):
        try:
            command = " ".join(process.cmdline()) or process.name()
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        part = next((part for mark, part in _PARTS if mark in command), "other")
        found[process.pid, part] = times.user + times.system
    return found
