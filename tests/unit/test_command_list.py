"""The lists of commands: each command says what it does."""

import re
import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    "words",
    [[], ["replay", "--help"], *(pytest.param(each, marks=pytest.mark.thorough) for each in (["--help"], ["replay"]))],
    ids=" ".join,
)
def test_a_list_says_what_each_command_does(words: list[str]) -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "services.ops", *words], capture_output=True, text=True, check=True, timeout=60
    ).stdout
    commands = re.findall(r"^│ ([a-z]+) +(.*?)│$", shown, re.MULTILINE)
    assert len(commands) > 5
    assert all(text.strip() for _, text in commands)
