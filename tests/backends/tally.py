"""Adds up what the tests counted (pages looked at, cases tried), and says the sums at the end.

A test counts by `record_property(f"{PREFIX}what it counted", number)`: properties travel with the report, also from the
worker processes that run the tests side by side.
"""

from collections import Counter
from typing import Final

import pytest

PREFIX: Final = "tally "


class Tally:
    """Property `tally NAME` → the sum of its values over all tests, whichever process ran them."""

    def __init__(self) -> None:
        self._sums: Counter[str] = Counter()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when != "teardown":  # the last report of a test, with all its properties
            return
        for name, value in report.user_properties:
            if name.startswith(PREFIX) and isinstance(value, int):
                self._sums[name.removeprefix(PREFIX)] += value

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self._sums:
            terminalreporter.section("counted")
        for name, number in sorted(self._sums.items()):
            terminalreporter.line(f"{name}: {number:,}")
