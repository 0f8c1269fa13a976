"""Which tests `make test` runs, and what it says of those that it leaves out."""

import os
import subprocess
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]
TOP = Path(__file__).parents[2]
CONFIGURATION = """
import sys
sys.path.insert(0, {top!r})
from tests.backends.remainder import Remainder

def pytest_configure(config):
    config.addinivalue_line("markers", "thorough: as in this project")
    config.pluginmanager.register(Remainder(config))
"""
TESTS = """
import pytest

def test_one(): pass

@pytest.mark.thorough
@pytest.mark.parametrize("step", ["first", "second", "third"])
def test_each(step): pass
"""


def command(*words: str) -> str:
    """Return how a target calls pytest; nothing is run, and nothing is known of the make that runs this test."""
    asked = ["make", "--dry-run", "--assume-old=.venv/.ready", *words]
    shown = subprocess.run(asked, cwd=TOP, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=True)
    return shown.stdout.splitlines()[-1].partition("pytest ")[2]


@pytest.fixture
def suite(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makeconftest(CONFIGURATION.format(top=str(TOP)))
    pytester.makepyfile(test_suite=TESTS)
    return pytester


@pytest.mark.parametrize("processes", [0, 2], ids=["one process", "two processes"])
def test_left_tests_are_counted_once(suite: pytest.Pytester, processes: int) -> None:
    said = suite.runpytest("-p", "no:asyncio", "-n", str(processes), "-m", "not thorough")
    said.assert_outcomes(passed=1, deselected=0 if processes else 3)
    said.stdout.fnmatch_lines(["left to `make test-all`: 3 tests marked thorough"])


def test_nothing_is_said_where_nothing_was_left(suite: pytest.Pytester) -> None:
    said = suite.runpytest("-p", "no:asyncio", "test_suite.py")
    said.assert_outcomes(passed=4)
    said.stdout.no_fnmatch_line("*make test-all*")


@pytest.mark.parametrize(
    "words,chosen",
    [
        (["test"], '-m "not thorough"'),
        (["test", "TESTS=tests/faults"], "tests/faults"),
        (["test-all"], ""),
        (["test-thorough"], "-m thorough"),
    ],
    ids=["test", "test by name", "test-all", "test-thorough"],
)
def test_target_chooses(words: list[str], chosen: str) -> None:
    assert command(*words).partition("worksteal")[2].strip() == chosen


def test_two_parts_are_the_whole() -> None:
    plain, thorough = command("test"), command("test-thorough")
    assert plain.replace('-m "not thorough"', "-m thorough").split() == thorough.split()
