"""No image of a role's memory: it holds passwords for the time of a request, and keys for as long as it runs."""

import ctypes
import resource
import sys
from typing import Final

_PR_SET_DUMPABLE: Final = 4


def forbid_dumps() -> None:
    """Let no core file be written and, on Linux, no other process of the same user look into this one's memory.

    Root still can. For the process that runs a role, never for a test's or an operator's own.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
