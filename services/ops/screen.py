"""What the commands show: a table for people, JSON lines for programs, warnings on standard error."""

import sys
from collections.abc import Mapping, Sequence

import orjson
from rich.console import Console
from rich.table import Table

Row = Mapping[str, object]


def say(text: str) -> None:
    """Print plain text as it is: no wrapping, no colour."""
    sys.stdout.write(text + "\n")


def warn(text: str) -> None:
    """Print a warning or an error to standard error."""
    sys.stderr.write(text + "\n")


def show(rows: Sequence[Row], *, columns: Sequence[str], json: bool, empty: str = "nothing to show") -> None:
    """Print rows as a table with these columns, or with `json` as one JSON array with all that the rows hold."""
    if json:
        say(orjson.dumps(list(rows), default=str, option=orjson.OPT_INDENT_2).decode())
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
