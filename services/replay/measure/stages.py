"""The stages of a request, in its order. Each is timed from the instant that the timeline intended for the request, so
that a system that falls behind is not spared (no coordinated omission).
"""

from enum import StrEnum
from typing import Final


class Stage(StrEnum):
    """How far a request came.

    `acknowledged`: the broker has it in every in-sync copy. `committed`: its row is in the ledger (the linker stamps
    the transaction right after its commit). `mailed`: the mail server took the filer's record.
    """

    ACKNOWLEDGED = "acknowledged"
    COMMITTED = "committed"
    MAILED = "mailed"


END_TO_END: Final = Stage.MAILED
"""From the intended instant to the mail accepted: all stages count from the same instant, so the last is the whole."""
