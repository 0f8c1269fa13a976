"""However the process that started a part ends, the part ends too."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from services.ops.stack.process import runs

_STARTER = """
import os, sys, time
from pathlib import Path
from services.ops.stack.process import Command, Process

process = Process(command=Command(name="child", argv=["sleep", "60"], env=dict(os.environ), log_path=Path(sys.argv[1])))
process.start()
print(process.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent is gone")
def test_killed_starter_leaves_no_process(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _STARTER, str(tmp_path / "log")], stdout=subprocess.PIPE, text=True
    ) as starter:
        assert starter.stdout is not None
        child = int(starter.stdout.readline())
        assert runs(child)
        starter.kill()

    _wait_until_gone(child)


def _wait_until_gone(pid: int) -> None:
    deadline = time.monotonic() + 5
    while runs(pid):
        assert time.monotonic() < deadline, f"process {pid} is still there"
