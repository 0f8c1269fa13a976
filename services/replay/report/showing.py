"""A comparison in words and as a table, for people. Pure: returns lines and rows."""

from collections.abc import Iterator
from typing import Final

from services.replay.report.comparing import Comparison
from services.replay.report.differing import Row

COLUMNS: Final = ("figure", "A", "B", "change", "noise", "meaning")


def rows(comparison: Comparison) -> list[dict[str, str]]:
    """Return the rows of the table."""
    return [
        {
            "figure": row.what,
            "A": row.a,
            "B": row.b,
            "change": "" if row.change is None else _percent(row.change),
            "noise": _noise(row),
            "meaning": row.meaning,
        }
        for row in comparison.rows
    ]


def _noise(row: Row) -> str:
    return "" if row.low is None or row.high is None else f"{_percent(row.low)} to {_percent(row.high)}"


def _percent(part: float) -> str:
    return f"{part * 100:+.1f} %" if abs(part) < 10 else f"{part * 100:+,.0f} %"  # noqa: PLR2004


def before(comparison: Comparison) -> Iterator[str]:
    """Yield which runs these are, and what differs beside the figures."""
    yield f"A  {comparison.a}"
    yield f"B  {comparison.b}"
    for each in comparison.telling:
        yield f"differs: {each.what}: {each.a} in A, {each.b} in B"
    for each in comparison.forbidding:
        yield f"NOT COMPARABLE: {each.what}: {each.a} in A, {each.b} in B"


def after(comparison: Comparison) -> Iterator[str]:
    """Yield how the noise was told, and what came of it."""
    yield comparison.method
    if not comparison.comparable and comparison.code:
        yield "The runs are not comparable: repeat one of them under the other's conditions, or compare --anyway."
    elif comparison.worse:
        yield f"Worse: {', '.join(comparison.worse)}."
    elif comparison.unclear:
        yield (
            f"Unclear: {', '.join(comparison.unclear)}: more than is tolerated, but chance may do that to one run. "
            "Measure longer, or repeat; --strict counts it as worse."
        )
    else:
        yield "Nothing is worse beyond what is tolerated and the noise."
