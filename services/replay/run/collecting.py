"""Python's collector of cycles while a run goes on: what was there before is not looked at again, and the rest seldom.

Records come and go by the million and hold no cycles; to look through them takes as long as to read them.
"""

import gc
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

_THRESHOLDS: Final = (100_000, 50, 100)


@contextmanager
def seldom_collected() -> Generator[None]:
    """Keep the collector from what is there, and let it look seldom at the rest, for the time of a block."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
