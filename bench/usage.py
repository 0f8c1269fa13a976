"""Who used the processor during a measurement: cores by part, so that a figure can say what limits it."""

import os
import time
from collections import defaultdict
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

import psutil

ELSEWHERE: Final = "elsewhere"
_PARTS: Final = (
    ("java", "Kafka"),
    ("postgres", "Postgres"),
    ("smtp-sink", "smtp-sink"),
    ("services.ops linker", "linker"),
    ("services.ops notifier", "notifier"),
    ("services.ops auth", "auth"),
    ("services.ops guard", "guard"),
    ("bench.", "generator"),
)


class Usage:
    """Cores used by each part from the beginning of the block to its end.

    What ended before the block's end counts as `elsewhere`, beside the kernel's own work and whatever else this machine
    did: a large share of it says that the figure was disturbed.
    """

    def __init__(self) -> None:
        self.cores: dict[str, float] = {}

    def told(self, part: str, cores: float) -> None:
        """Put in what a part that has ended says that it used."""
        self.cores[part] = cores
        self.cores[ELSEWHERE] -= cores

    def __str__(self) -> str:
        parts = sorted(self.cores.items(), key=lambda item: -item[1])
        return ", ".join(f"{name} {cores:.2f}" for name, cores in parts if cores >= 0.01) + f" of {os.cpu_count()}"


@contextmanager
def using() -> Generator[Usage]:
    """Measure this process, those that it started, and their own, for the time of a block."""
    usage = Usage()
    before, busy, started = _seconds(), _busy_s(), time.monotonic()
    yield usage
    elapsed_s = time.monotonic() - started
    after = _seconds()
    cores: dict[str, float] = defaultdict(float)
    for (pid, part), seconds in after.items():
        cores[part] += (seconds - before.get((pid, part), 0.0)) / elapsed_s
    usage.cores = {**cores, ELSEWHERE: (_busy_s() - busy) / elapsed_s - sum(cores.values())}


def _busy_s() -> float:
    times = psutil.cpu_times()
    busy_s: float = sum(times) - times.idle - getattr(times, "iowait", 0.0) - getattr(times, "guest", 0.0)
    return busy_s


def _seconds() -> dict[tuple[int, str], float]:
    found = {}
    me = psutil.Process()
    for process in (me, *me.children(recursive=True)):
        try:
            command = " ".join(process.cmdline()) or process.name()
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        part = "bench" if process == me else next((part for mark, part in _PARTS if mark in command), "other")
        found[process.pid, part] = times.user + times.system
    return found
