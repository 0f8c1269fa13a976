"""How a promise is asked: questions that return the ids of breaches, of work under way, and of what cannot be seen."""

from dataclasses import dataclass

from services.audit.lines import EXAMPLE_COUNT_MAX, Line, Violation
from services.audit.snapshot import Snapshot


@dataclass(frozen=True)
class Question:
    """`what` says what is wrong (or under way); `sql` returns one text column, `id`, with a row for each case."""

    what: str
    sql: str


@dataclass(frozen=True)
class Promise:
    """`summary` is a query for one text. A question of `in_flight` and `unchecked` is told with its count alone."""

    name: str
    summary: str
    violations: tuple[Question, ...]
    in_flight: tuple[Question, ...] = ()
    unchecked: tuple[Question, ...] = ()


async def ask(promise: Promise, snapshot: Snapshot, *, found: tuple[Violation, ...] = ()) -> Line:
    """Return a promise's line. `found` are breaches that were found otherwise."""
    violations = [*found]
    for question in promise.violations:
        violations += await _breaches(question, snapshot)
    return Line(
        promise.name,
        (await snapshot.fetch(promise.summary))[0][0],
        tuple(violations),
        await _counts(promise.in_flight, snapshot),
        await _counts(promise.unchecked, snapshot),
    )


async def _breaches(question: Question, snapshot: Snapshot) -> list[Violation]:
    rows = await snapshot.fetch(
        f"SELECT id, count(*) OVER () AS total FROM ({question.sql}) AS found LIMIT {EXAMPLE_COUNT_MAX}"  # noqa: S608 - our own constants
    )
    return [Violation(question.what, rows[0]["total"], tuple(row["id"] for row in rows))] if rows else []


async def _counts(questions: tuple[Question, ...], snapshot: Snapshot) -> tuple[str, ...]:
    found = [
        (question, (await snapshot.fetch(f"SELECT count(*) FROM ({question.sql}) AS found"))[0][0])  # noqa: S608
        for question in questions
    ]
    return tuple(f"{count:,} {question.what}" for question, count in found if count)
