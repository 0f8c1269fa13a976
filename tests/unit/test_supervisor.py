"""The supervisor starts again what ends, waits longer each time, and leaves nothing behind."""

import os
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from services.ops.stack.process import Command, Process, runs
from services.ops.stack.supervisor import RESTART_DELAY_S_MAX, Supervisor


@dataclass
class Shell:
    """A part that is one shell command."""

    name: str
    script: str
    log_path: Path
    stopped: list[str] = field(default_factory=list)
    launches: int = 0

    def prepare(self) -> None:
        argv = ["sh", "-c", self.script]
        self.process = Process(command=Command(name=self.name, argv=argv, env=dict(os.environ), log_path=self.log_path))

    def launch(self) -> None:
        self.launches += 1
        self.process.start()

    def wait_ready(self) -> None:
        """Nothing to wait for."""

    def stop(self) -> None:
        self.process.stop(timeout_s=5)
        self.stopped.append(self.name)


@dataclass
class Clock:
    now_s: float = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def said() -> list[str]:
    return []


def test_delay_doubles_up_to_its_bound(tmp_path: Path, said: list[str]) -> None:
    clock, part = Clock(), Shell("brief", "exit 3", tmp_path / "log")

    with Supervisor(say=said.append, clock=clock) as supervisor:
        supervisor.launch(part)
        for _ in range(7):
            part.process.wait(timeout_s=5)
            supervisor.tend()
            clock.now_s += RESTART_DELAY_S_MAX
            supervisor.tend()

    assert [line.split()[-2] for line in said] == ["1", "2", "4", "8", "16", "30", "30"]
    assert said[0] == "brief ended with code 3: started again in 1 s"
    assert part.launches == 8


def test_part_that_lived_long_is_started_again_soon(tmp_path: Path, said: list[str]) -> None:
    clock, part = Clock(), Shell("steady", "exit 0", tmp_path / "log")

    with Supervisor(say=said.append, clock=clock) as supervisor:
        supervisor.launch(part)
        for life_s in (0, 0, 3600):
            part.process.wait(timeout_s=5)
            clock.now_s += life_s
            supervisor.tend()
            clock.now_s += RESTART_DELAY_S_MAX
            supervisor.tend()

    assert [line.split()[-2] for line in said] == ["1", "2", "1"]


def test_it_is_not_started_before_its_delay(tmp_path: Path, said: list[str]) -> None:
    part = Shell("brief", "exit 1", tmp_path / "log")

    with Supervisor(say=said.append, clock=Clock()) as supervisor:
        supervisor.launch(part)
        part.process.wait(timeout_s=5)
        supervisor.tend()
        supervisor.tend()

    assert part.launches == 1


def test_all_end_in_reverse_order(tmp_path: Path, said: list[str]) -> None:
    stopped: list[str] = []
    parts = [Shell(name, "sleep 60", tmp_path / name, stopped) for name in ("first", "second")]

    with Supervisor(say=said.append) as supervisor:
        for part in parts:
            supervisor.launch(part)

    assert stopped == ["second", "first"]
    assert not any(part.process.running for part in parts)


def test_what_ignores_the_signal_is_killed_with_its_children(tmp_path: Path) -> None:
    part = Shell("deaf", "trap '' TERM; sleep 60 & echo $!; wait; wait", tmp_path / "log")
    part.prepare()
    part.launch()
    part.process.wait_until(lambda: (tmp_path / "log").read_text().strip() != "", timeout_s=5)

    part.process.stop(timeout_s=0.2)

    child = int((tmp_path / "log").read_text().split()[0])
    assert not part.process.running
    assert not runs(child)
