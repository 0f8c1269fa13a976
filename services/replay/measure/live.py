"""The live view of a run: a picture on a terminal, otherwise a line every few seconds, or JSON lines for programs.

It goes to standard error, as standard output is for the result; JSON lines go to standard output.
"""

import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Protocol

import orjson
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from services.replay.measure.gauges import RECENT_S, Gauges
from services.replay.measure.quantities import told_ms

PLAIN_LINE_S: Final = 5.0
JSON_LINE_S: Final = 1.0
_S_PER_MINUTE: Final = 60


class View(Protocol):
    """Shows gauges as they come."""

    def show(self, gauges: Gauges) -> None: ...


@contextmanager
def viewing(*, json: bool, terminal: bool | None = None) -> Generator[View]:
    """Open the view that suits: for a terminal unless told otherwise, as standard error is one or not."""
    if json:
        yield _JsonLines()
    elif sys.stderr.isatty() if terminal is None else terminal:
        with Live(console=Console(stderr=True), auto_refresh=False) as live:
            yield _Picture(live)
    else:
        yield _PlainLines()


@dataclass
class _Paced:
    """Shows now and then."""

    every_s: float
    shown_at_s: float = float("-inf")

    def is_due(self, now_s: float) -> bool:
        if now_s - self.shown_at_s < self.every_s:
            return False
        self.shown_at_s = now_s
        return True


class _JsonLines:
    def __init__(self) -> None:
        self._paced = _Paced(JSON_LINE_S)

    def show(self, gauges: Gauges) -> None:
        if self._paced.is_due(gauges.now_s):
            stages = {str(stage): gauge._asdict() for stage, gauge in gauges.stages.items()}
            sys.stdout.write(orjson.dumps(gauges._asdict() | {"stages": stages}).decode() + "\n")
            sys.stdout.flush()


class _PlainLines:
    def __init__(self) -> None:
        self._paced = _Paced(PLAIN_LINE_S)

    def show(self, gauges: Gauges) -> None:
        if self._paced.is_due(gauges.now_s):
            sys.stderr.write(plain(gauges) + "\n")


class _Picture:
    def __init__(self, live: Live) -> None:
        self._live = live

    def show(self, gauges: Gauges) -> None:
        self._live.update(Group(Text(head(gauges)), picture(gauges), Text(foot(gauges))), refresh=True)


def plain(gauges: Gauges) -> str:
    """Return the gauges as one line."""
    stages = [
        f"{stage} {gauge.came:,} (p50 {_ms(gauge.recent_p50_ms)}, p99 {_ms(gauge.recent_p99_ms)})"
        for stage, gauge in gauges.stages.items()
    ]
    acknowledged = f"acknowledged {gauges.acknowledged:,}"
    return "; ".join([head(gauges), acknowledged, *stages, foot(gauges)])


def head(gauges: Gauges) -> str:
    """Return how far the run is."""
    doing = "waiting for the rest" if gauges.draining else "sending"
    ends = "" if gauges.eta_s is None else f", ends in {_clock(gauges.eta_s)}"
    return f"{_clock(gauges.now_s)} {doing}, {gauges.sent:,} of {gauges.total:,} sent{ends}"


def foot(gauges: Gauges) -> str:
    """Return rates, what is on its way, and what went wrong."""
    rates = f"offered {gauges.offered_per_s:,.1f}/s, achieved {gauges.achieved_per_s:,.1f}/s"
    going = f"in flight {gauges.in_flight:,}, lag {gauges.lag_s:,.1f} s"
    return f"{rates}; {going}; failed {gauges.failed:,}; generator p99 {told_ms(gauges.late_p99_ms)}"


def picture(gauges: Gauges) -> Table:
    """Return the stages as a table."""
    table = Table(box=None, header_style="bold")
    for column in ("stage", "came", f"p50, last {RECENT_S} s", f"p99, last {RECENT_S} s", "p50", "p99"):
        table.add_column(column, justify="left" if column == "stage" else "right")
    table.add_row("acknowledged", f"{gauges.acknowledged:,}", *("",) * 4)
    for stage, gauge in gauges.stages.items():
        came, *percentiles = gauge
        table.add_row(str(stage), f"{came:,}", *(_ms(each) for each in percentiles))
    return table


def _ms(value: float | None) -> str:
    return "-" if value is None else told_ms(value)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), _S_PER_MINUTE)
    return f"{minutes}:{rest:02d}"
