"""Says which back end was chosen, and at the end how many tests ran on it and how many needed none."""

from collections import Counter
from collections.abc import Iterator

import pytest

from tests.backends.choice import Choice

SERVERS = {"backend"}
"""Fixtures that mean a test ran on the back end."""


class BackendReport:
    def __init__(self, choice: Choice) -> None:
        self.choice = choice
        self._needs_servers: set[str] = set()
        self._counts: Counter[tuple[str, str]] = Counter()

    def pytest_report_header(self) -> str:
        return f"back end: {self.choice.name} ({self.choice.reason})"

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        self._needs_servers = {
            item.nodeid for item in items if isinstance(item, pytest.Function) and SERVERS & set(item.fixturenames)
        }

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        where = self.choice.name if report.nodeid in self._needs_servers else "no back end"
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
