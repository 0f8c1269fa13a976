"""`ecflink up` brings the whole system up, and however it ends, nothing of it is left running."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import psutil
import pytest

from services.ops.stack.process import runs
from services.ops.stack.roles import ecflink

pytestmark = pytest.mark.timeout(240)

_LIB = Path(__file__).parents[2] / "var" / "lib"
_END_S_MAX = 30.0


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home of its own, with the downloads that every stack of this checkout shares."""
    _LIB.mkdir(parents=True, exist_ok=True)
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "lib").symlink_to(_LIB)
    return tmp_path / "home"


@pytest.fixture
def up(home: Path) -> Iterator[subprocess.Popen[str]]:
    with (
        (home / "said").open("w") as said,
        subprocess.Popen(ecflink("up", "--home", str(home)), stdout=subprocess.PIPE, stderr=said, text=True) as process,
    ):
        yield process
        process.kill()


def test_up_serves_pages_and_ctrl_c_leaves_no_process(up: subprocess.Popen[str]) -> None:
    said = _read_until(up, lambda line: "atyalex" in line)
    pids = _descendants(up)
    address = next(line.split()[1] for line in said if line.startswith("pages"))

    page = httpx.get(address, timeout=10)
    up.send_signal(signal.SIGINT)

    assert page.status_code == 200
    assert "Rehearsal mode is on." in page.text
    assert up.wait(_END_S_MAX) == 0
    assert [pid for pid in pids if runs(pid)] == []


@pytest.mark.thorough
@pytest.mark.faults
def test_killed_role_is_started_again_and_killed_up_leaves_no_process(up: subprocess.Popen[str], home: Path) -> None:
    # Two promises on one start, which is what takes the time.
    said = _read_until(up, lambda line: line.startswith("commands"))
    auth = next(pid for pid in _descendants(up) if psutil.Process(pid).cmdline()[-1] == "auth")
    management = next(line for line in said if line.startswith("management")).split()[2].rstrip(",")

    os.kill(auth, signal.SIGKILL)
    _await_none([auth])

    _await(lambda: _is_ready(management))
    assert "auth ended with code -9: started again in 1 s" in (home / "said").read_text()

    pids = _descendants(up)
    up.kill()

    assert len(pids) > 5
    _await_none(pids)


def _read_until(up: subprocess.Popen[str], last: Callable[[str], bool]) -> list[str]:
    assert up.stdout is not None
    said: list[str] = []
    for line in up.stdout:
        said.append(line)
        if last(line):
            return said
    pytest.fail(f"`ecflink up` ended with code {up.wait()} before it was up")


def _descendants(up: subprocess.Popen[str]) -> list[int]:
    return [child.pid for child in psutil.Process(up.pid).children(recursive=True)]


def _await_none(pids: list[int]) -> None:
    _await(lambda: not any(runs(pid) for pid in pids))


def _await(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _END_S_MAX
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _is_ready(address: str) -> bool:
    with suppress(httpx.TransportError):
        return httpx.get(f"{address}/readyz", timeout=5).status_code == 200
    return False
