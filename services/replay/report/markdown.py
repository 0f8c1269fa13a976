"""A run in Markdown, short enough for a ticket. Pure."""

from collections.abc import Iterator, Sequence

from services.replay.measure.results import RunResult
from services.replay.report import repeating, story
from services.replay.report.pictures import Table
from services.replay.report.tables import times_table

_ID_COUNT_MAX = 5


def markdown(result: RunResult) -> str:
    """Return the report."""
    return "\n".join(_lines(result)) + "\n"


def _lines(result: RunResult) -> Iterator[str]:
    yield f"## Replay {_plain(result.conditions.run_id)}: {story.headline(result)}"
    yield ""
    yield f"{_plain(result.verdict.reason[:1].upper() + result.verdict.reason[1:])}."
    yield ""
    yield from (f"- {_plain(sentence)}" for sentence in story.what_was_done(result))
    yield from (f"- {_plain(sentence)}" for sentence in (*story.what_came_of_it(result), story.audited(result)))
    yield from (f"- Warning: {_plain(warning)}" for warning in result.warnings)
    yield from _table(times_table(result))
    if result.verdict.lines:
        rows = [
            (each.what, each.wanted, each.found, "kept" if each.passed else "**missed**")
            for each in result.verdict.lines
        ]
        yield from _table(Table("Thresholds", ("what", "wanted", "found", ""), rows))
    for breach in result.audit.breaches:
        yield ""
        yield f"**{_plain(breach.what)}: {breach.count:,}**"
        yield from (f"- {_code(each)}" for each in breach.ids[:_ID_COUNT_MAX])
        if breach.count > _ID_COUNT_MAX:
            yield "- and more, all in audit.json"
    command = repeating.command(result)
    if command is not None:
        yield from ("", "```", " ".join(command.splitlines()), "```")


def _table(table: Table) -> Iterator[str]:
    yield from ("", f"{table.caption}:", "")
    yield _row(table.heads)
    yield _row(["---"] * len(table.heads))
    yield from (_row(row) for row in table.rows)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell if cell.startswith("**") else _plain(cell) for cell in cells) + " |"


def _code(text: str) -> str:
    return "`" + text.replace("`", "'") + "`"


def _plain(text: str) -> str:
    """Return text in which nothing is markup: it may quote a name that somebody chose."""
    for mark in ("\\", "`", "*", "_", "[", "<", "|"):
        text = text.replace(mark, "\\" + mark)
    return " ".join(text.split())
