"""What tests counted is added up over all of them, once for each, and said at the end."""

import io
from typing import Literal

import pytest

from tests.backends.tally import PREFIX, Tally


def report(when: Literal["setup", "call", "teardown"], *counted: tuple[str, object]) -> pytest.TestReport:
    properties = [("ran on servers", True), *((PREFIX + name, number) for name, number in counted)]
    return pytest.TestReport("a test", ("", None, ""), {}, "passed", None, when, user_properties=properties)


def test_sums_are_said_at_the_end(pytestconfig: pytest.Config) -> None:
    tally, said = Tally(), io.StringIO()
    for counted in (("pages", 3), ("cases", 1000)), (("pages", 4),):
        for when in ("call", "teardown"):
            tally.pytest_runtest_logreport(report(when, *counted))
    tally.pytest_terminal_summary(pytest.TerminalReporter(pytestconfig, file=said))
    assert said.getvalue().splitlines()[-2:] == ["cases: 1,000", "pages: 7"]


def test_nothing_counted_says_nothing(pytestconfig: pytest.Config) -> None:
    tally, said = Tally(), io.StringIO()
    tally.pytest_runtest_logreport(report("teardown"))
    tally.pytest_terminal_summary(pytest.TerminalReporter(pytestconfig, file=said))
    assert said.getvalue() == ""
