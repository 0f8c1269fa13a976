"""What commands show: text, tables and JSON on standard output, warnings and progress on standard error.

Without a terminal progress is a plain line now and then, so that a log of a build stays readable.
"""

import sys
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

import orjson
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

Row = Mapping[str, object]
Advance = Callable[[int], None]
"""Takes how many more are done."""

PLAIN_LINE_S: Final = 5.0


def say(text: str) -> None:
    """Print plain text as it is: no wrapping, no colour."""
    sys.stdout.write(text + "\n")


def warn(text: str) -> None:
    """Print a warning or an error to standard error."""
    sys.stderr.write(text + "\n")


def say_json(value: object) -> None:
    """Print one JSON document, indented; what JSON does not know is printed as text."""
    say(orjson.dumps(value, default=str, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS).decode())


def show(rows: Sequence[Row], *, columns: Sequence[str], json: bool = False, empty: str = "nothing to show") -> None:
    """Print rows as a table with these columns, or with `json` as one JSON array with all that the rows hold."""
    if json:
        say_json(list(rows))
        return
    if not rows:
        say(empty)
        return
    table = Table(box=None, header_style="bold")
    for column in columns:
        table.add_column(column.replace("_", " "), overflow="fold")
    for row in rows:
        table.add_row(*("" if row[column] is None else str(row[column]) for column in columns))
    Console(soft_wrap=not sys.stdout.isatty()).print(table)


@contextmanager
def progressing(what: str, total: int | None) -> Generator[Advance]:
    """Show how far something is for the time of a block; the block calls what it gets with each further count done."""
    if not sys.stderr.isatty():
        yield _PlainLines(what, total).advance
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=total)
        yield lambda count: progress.advance(task, count)


class _PlainLines:
    """Progress without a terminal: a line every PLAIN_LINE_S seconds, none for what is quick."""

    def __init__(self, what: str, total: int | None) -> None:
        self._what = what
        self._total = total
        self._done = 0
        self._told_at = time.monotonic()

    def advance(self, count: int) -> None:
        self._done += count
        if time.monotonic() - self._told_at >= PLAIN_LINE_S:
            self._told_at = time.monotonic()
            warn(f"{self._what}: {self._done:,}" + (f" of {self._total:,}" if self._total else ""))
