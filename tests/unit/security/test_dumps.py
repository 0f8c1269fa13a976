"""A role's memory is written to no file and shown to no other process."""

import subprocess
import sys

import pytest

_LOOK = """
import ctypes, resource
from services.runtime.dumps import forbid_dumps
before = ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)
forbid_dumps()
print(before, ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), *resource.getrlimit(resource.RLIMIT_CORE))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="a call of Linux")
def test_process_forbids_images_of_its_memory() -> None:
    told = subprocess.run([sys.executable, "-c", _LOOK], capture_output=True, text=True, check=True).stdout
    assert told.split() == ["1", "0", "0", "0"]
