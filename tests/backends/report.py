"""Says which back end was chosen, and at the end how many tests ran on it and how many needed none."""

from collections import Counter
from collections.abc import Iterator

import pytest

from tests.backends.choice import Choice

SERVERS = {"backend"}
"""Fixtures that mean a test ran on the back end."""
_ON_SERVERS = "ran on servers"


class BackendReport:
    def __init__(self, choice: Choice) -> None:
        self.choice = choice
        self._counts: Counter[tuple[str, str]] = Counter()

    def pytest_report_header(self) -> str:
        return f"back end: {self.choice.name} ({self.choice.reason})"

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        # A property travels with the report, also from the worker processes that run the tests side by side.
        for item in items:
            if isinstance(item, pytest.Function) and SERVERS & set(item.fixturenames):
                item.user_properties.append((_ON_SERVERS, True))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        where = self.choice.name if any(name == _ON_SERVERS for name, _ in report.user_properties) else "no back end"
        if report.when == "call" and not report.skipped:
            self._counts[where, "ran"] += 1
        elif report.skipped:
            self._counts[where, "not run"] += 1
        elif report.failed:
            self._counts[where, "broken before or after"] += 1

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.section("back ends")
        for line in self._lines():
            terminalreporter.line(line)

    def _lines(self) -> Iterator[str]:
        for (where, what), count in sorted(self._counts.items()):
            yield f"{where}: {count} test{'s' if count > 1 else ''} {what}"
