"""`python -m bench [NAME …]`: those in `ALL` by default, in turn, each with servers of its own."""

import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Final, Literal, get_args

import psutil
import uvloop
from cyclopts import App

from bench.closing import NotClean
from bench.figures import PATH, Figure, keep, show
from bench.sink import Missing

Name = Literal[
    "drain", "mail", "latency", "signin", "guard", "timing", "storm", "recording", "planning", "replay", "nation"
]
# `nation` only when it is named: it takes a quarter of an hour and 10 GB of disk.
ALL: Final[tuple[Name, ...]] = tuple(name for name in get_args(Name) if name != "nation")
_ROOT: Final = Path(__file__).parents[1]
_LOAD_MAX: Final = 1.0

app = App(name="bench", help="Measure beside what it is compared with; figures go to var/bench.json.", version_flags=[])


@app.default
def main(*names: Name) -> int:
    """Run benchmarks and print their figures. Exit code 1: one could not run, or its audit was not clean."""
    print(_machine(), flush=True)
    figures: list[Figure] = []
    faults: list[str] = []
    for name in names or ALL:
        print(f"\n--- {name}", flush=True)
        try:
            figures += uvloop.run(import_module(f"bench.{name}").run())
        except (Missing, NotClean) as fault:
            kind = "not run" if isinstance(fault, Missing) else "FAILED"
            faults.append(f"{name}: {kind}: {fault}")
    print()
    show(figures)
    keep(figures)
    print(f"\nwritten to {PATH.relative_to(_ROOT)}")
    for told in faults:
        print(told, file=sys.stderr)
    return 1 if faults else 0


def _machine() -> str:
    cores, memory_gb = os.cpu_count() or 1, psutil.virtual_memory().total / 2**30
    told = f"{cores} cores of {_processor()}, {memory_gb:.0f} GB, commit {_commit()}"
    load = os.getloadavg()[0]
    return told if load < _LOAD_MAX else f"{told}\nthe machine is busy (load {load:.1f}): the figures will be poor"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return "an unknown processor"
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "its processor")


def _commit() -> str:
    told = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=_ROOT, capture_output=True, text=True, check=False
    )
    return told.stdout.strip() or "unknown"


if __name__ == "__main__":
    sys.exit(app())
