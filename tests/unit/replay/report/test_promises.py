"""The lines of an audit taken apart."""

import pytest

from services.audit.lines import Line, Violation
from services.replay.measure.results import AuditSummary
from services.replay.report.promises import MEANINGS, Promise, promises

_CLEAN = Line("P4", "6 partitions, dense")
_BROKEN = Line("P1", "9 requests", violations=(Violation("no row", 2, ("a", "b")),))
_OPEN = Line("P8", "", unaudited=("no canaries were given",))


@pytest.mark.parametrize(
    "line,read",
    [
        (str(_CLEAN), Promise("P4", "clean", "6 partitions, dense")),
        (str(_BROKEN), Promise("P1", "failed", "no row: a, b; 9 requests")),
        (str(_OPEN), Promise("P8", "unaudited", "no canaries were given")),
        ("run failed  1 of 2", Promise("run", "failed", "1 of 2")),
        ("the deployment was still at work", Promise("", "", "the deployment was still at work")),
    ],
    ids=["clean", "broken", "open", "run", "note"],
)
def test_line_of_the_audit_is_read(line: str, read: Promise) -> None:
    assert list(promises(AuditSummary(outcome="clean", lines=[line]))) == [read]


def test_every_promise_has_its_meaning() -> None:
    assert set(MEANINGS) == {"run", *(f"P{number}" for number in range(1, 10))}
