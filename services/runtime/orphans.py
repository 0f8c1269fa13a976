"""No child outlives whoever started it: the kernel signals it when that process ends, however it ends (Linux alone).

Elsewhere only an orderly end is covered.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1


def die_with_parent(number: signal.Signals) -> Callable[[], None] | None:
    """Return a `preexec_fn`: two system calls, no lock, no import. The signal is tied to the thread that forks."""
    if sys.platform != "linux":
        return None
    # Resolved before the fork: between fork and exec nothing may be loaded.
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def set_signal() -> None:
        prctl(_PR_SET_PDEATHSIG, number.value, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return set_signal
