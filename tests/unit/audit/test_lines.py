"""One line per promise, whatever there is to say, and a bounded list of ids."""

from services.audit.audit import passes
from services.audit.lines import EXAMPLE_COUNT_MAX, Line, Tally, Verdict, Violation


def test_clean_line_reads_plainly() -> None:
    assert str(Line("P4", "12,000 rows, chain unbroken")) == "P4  clean      12,000 rows, chain unbroken"


def test_violation_names_ids_and_how_many_more() -> None:
    tally = Tally("hash does not follow")
    for number in range(25):
        tally.add(str(number))
    (violation,) = Tally.violations([tally, Tally("nothing of this kind")])
    assert len(violation.examples) == EXAMPLE_COUNT_MAX
    assert str(violation) == "hash does not follow: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 15 more"


def test_violation_outranks_what_is_unaudited() -> None:
    line = Line("P1", "", (Violation("lost", 1, ("x",)),), unaudited=("5 requests of /bench",))
    assert line.verdict is Verdict.VIOLATED


def test_work_under_way_passes_and_unaudited_does_not() -> None:
    assert passes([Line("P1", "", in_flight=("5 to be published",), unchecked=("old ones",))])
    assert not passes([Line("P1", "", unaudited=("5 requests of /bench",))])
