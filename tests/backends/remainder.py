"""Says at the end how many thorough tests were left out, and with which command they run: none is skipped silently.

They are left out by `-m "not thorough"`, which is what `make test` says unless it is told by name which tests to run.
"""

from typing import Final

import pytest

MARKER: Final = "thorough"
_LEFT: Final = "thorough-tests-left"


class Remainder:
    """Counts where tests are collected: in this process, or in each of its worker processes, which collect the same."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._left = 0

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        self._left += sum(item.get_closest_marker(MARKER) is not None for item in items)

    def pytest_sessionfinish(self) -> None:
        # Only a worker process has this: what its controller hears of it.
        output: dict[str, object] | None = getattr(self._config, "workeroutput", None)
        if output is not None:
            output[_LEFT] = self._left

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: object) -> None:
        # A worker that crashed has said nothing.
        self._left = max(self._left, getattr(node, "workeroutput", {}).get(_LEFT, 0))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self._left:
            terminalreporter.line(
                f"left to `make test-all`: {self._left} test{'s' if self._left > 1 else ''} marked {MARKER}", bold=True
            )
