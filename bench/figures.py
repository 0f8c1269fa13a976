"""What a benchmark says: figures with what stands beside them, as a table for people and as `var/bench.json`."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import orjson
from rich.console import Console
from rich.table import Table

PATH: Final = Path(__file__).parents[1] / "var" / "bench.json"
_TABLE_WIDTH: Final = 132


@dataclass(frozen=True)
class Figure:
    """One figure. `beside` names what ran beside it, with its own figure; `ratio` is ours to that, None for a
    latency.
    """

    name: str
    value: float
    unit: str
    beside: str
    ratio: float | None = None


def show(figures: Sequence[Figure]) -> None:
    """Print the table."""
    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0))
    for column, side in (("figure", "left"), ("value", "right"), ("unit", "left"), ("ratio", "right")):
        table.add_column(column, justify="right" if side == "right" else "left", no_wrap=True)
    table.add_column("beside", overflow="fold")
    for figure in figures:
        ratio = "" if figure.ratio is None else f"{figure.ratio:,.2f}"
        table.add_row(figure.name, f"{figure.value:,.{_decimals(figure)}f}", figure.unit, ratio, figure.beside)
    console = Console()
    Console(width=max(_TABLE_WIDTH, console.width) if not console.is_terminal else None).print(table)


def _decimals(figure: Figure) -> int:
    return 0 if abs(figure.value) >= 1000 else 1


def keep(figures: Sequence[Figure], path: Path = PATH) -> None:
    """Write this run's figures, and nothing of an earlier run: those may be of another commit."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(orjson.dumps([asdict(figure) for figure in figures], option=orjson.OPT_INDENT_2) + b"\n")
