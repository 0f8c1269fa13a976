"""A run as JUnit XML: a test case for each threshold and each promise of the audit, for a build to show. Pure."""

import re
from collections.abc import Iterator
from datetime import UTC
from typing import Final, Literal, NamedTuple

from services.replay.measure.results import AuditSummary, Finding, RunResult
from services.replay.report import story
from services.replay.report.page import environment
from services.replay.report.promises import promises

# XML has no way to hold these, not even escaped.
_FORBIDDEN: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Case(NamedTuple):
    """A test case. `told` is its message in one line, `more` what stands below."""

    group: str
    name: str
    outcome: Literal["passed", "failure", "skipped"] = "passed"
    told: str = ""
    more: str = ""


def junit(result: RunResult) -> str:
    """Return the report."""
    conditions = result.conditions
    told = [*story.what_was_done(result), *story.what_came_of_it(result), story.audited(result)]
    text = (
        environment()
        .get_template("junit.xml")
        .render(
            cases=list(cases(result)),
            run_id=conditions.run_id,
            host=conditions.host,
            timestamp=f"{conditions.started_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}",
            seconds=f"{(conditions.ended_at - conditions.started_at).total_seconds():.3f}",
            told="\n".join(told),
        )
    )
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text) + "\n"


def cases(result: RunResult) -> Iterator[Case]:
    """Yield the test cases: the verdict, the generator, the thresholds, the audit."""
    yield _case("verdict", "the run passed", result.verdict.reason, passed=result.verdict.passed)
    yield _case(
        "generator", "kept to its schedule", " ".join(story.can_be_trusted(result)), passed=not result.generator.limited
    )
    for line in result.verdict.lines:
        told = f"found {line.found}, wanted {line.wanted}"
        yield _case("threshold", f"{line.what} {line.wanted}", told, passed=line.passed)
    yield from _audit(result.audit)


def _audit(audit: AuditSummary) -> Iterator[Case]:
    if audit.outcome == "skipped":
        yield Case("audit", "audit", "skipped", "no audit was made: " + "; ".join(audit.unaudited))
        return
    if audit.outcome == "unaudited":
        yield Case("audit", "everything was looked at", "failure", "; ".join(audit.unaudited))
    for each in promises(audit):
        if each.name:
            name = f"{each.name}: {each.meaning}" if each.meaning else each.name
            outcome: Literal["passed", "failure", "skipped"] = (
                "passed" if each.verdict == "clean" else "skipped" if each.verdict == "unaudited" else "failure"
            )
            yield Case("audit", name, outcome, each.found)
    for breach in audit.breaches:
        yield Case("audit", f"none: {breach.what}", "failure", f"{breach.what}: {breach.count:,}", _ids(breach))


def _ids(breach: Finding) -> str:
    more = breach.count - len(breach.ids)
    return "\n".join([*breach.ids, *([f"and {more:,} more, all in audit.json"] if more > 0 else [])])


def _case(group: str, name: str, told: str, *, passed: bool) -> Case:
    return Case(group, name) if passed else Case(group, name, "failure", told)
