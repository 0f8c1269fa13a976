"""What became of each record that a worker was given: handed over when, acknowledged when, and under which offset.

Left in the run's folder as `sent-<worker>.npz`: measurement and audit read it, and nothing else of a worker.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.replay.drafts import whole_file

NO_OFFSET: Final = -1


class Sent:
    """Arrays by the worker's own position. Seconds are wall-clock; nan: never. Offset -1: unknown."""

    def __init__(self, index: NDArray[np.uint32]) -> None:
        """`index` has each record's place in the timeline."""
        self.index = index
        self.handed_s = np.full(len(index), np.nan)
        self.acknowledged_s = np.full(len(index), np.nan)
        self.offset = np.full(len(index), NO_OFFSET, dtype=np.int64)
        self.handed = 0
        self.acknowledged = 0
        self.failed = 0

    def hand(self, first: int, until: int, at_s: float) -> None:
        """Note that positions [first, until) were handed to the Kafka client."""
        self.handed_s[first:until] = at_s
        self.handed += until - first

    def acknowledge(self, positions: Sequence[int], base_offset: int, at_s: float) -> None:
        """Note that one batch is in the log. A negative offset: it is there, but the broker no longer knows where."""
        places = np.array(positions, dtype=np.int64)
        self.acknowledged_s[places] = at_s
        if base_offset >= 0:
            self.offset[places] = base_offset + np.arange(len(places))
        self.acknowledged += len(places)

    def fail(self, count: int) -> None:
        """Note that one batch was refused for good."""
        self.failed += count

    @property
    def outstanding(self) -> int:
        """How many were handed over and are neither acknowledged nor refused."""
        return self.handed - self.acknowledged - self.failed

    def save(self, folder: Path, worker: int) -> Path:
        """Write the file, whole or not at all. Raises OSError where the disk is full."""
        path = folder / f"sent-{worker}.npz"
        with whole_file(path) as file:
            np.savez(
                file,
                index=self.index,
                handed_s=self.handed_s,
                acknowledged_s=self.acknowledged_s,
                offset=self.offset,
            )
        return path
