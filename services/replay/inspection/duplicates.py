"""Ids and values that stand in a recording more than once, found by 64-bit hashes: 16 bytes for each record."""

from itertools import pairwise
from typing import Final

import numpy as np

from services.replay.inspection.places import Shown

EXAMPLE_COUNT_MAX: Final = 20
_NOTHING: Final = 0
_PART_COUNT: Final = 16
# The greatest number itself belongs to no range: one hash in 2^64 is not looked for.
_BOUNDS: Final = [*range(-(2**63), 2**63 - 1, 2**64 // _PART_COUNT), 2**63 - 1]


class Twins(Shown):
    """`count` records repeat an earlier one; `lines` are the file's lines of some that share theirs."""

    count: int
    lines: list[list[int]]


class Hashes:
    """A column of hashes, of a size known beforehand; zero stands for nothing."""

    def __init__(self, count: int) -> None:
        self._hashes = np.zeros(count, np.int64)
        self._used = 0

    def add(self, hashes: np.ndarray) -> None:
        """Add the hashes of the next records."""
        self._hashes[self._used : self._used + len(hashes)] = hashes
        self._used += len(hashes)

    def twins(self, first_line: int) -> Twins:
        """Return which stand more than once."""
        hashes = self._hashes[: self._used]
        again = np.concatenate([_again(hashes, low, high) for low, high in pairwise(_BOUNDS)])
        examples = np.unique(again)[:EXAMPLE_COUNT_MAX]
        lines = [(np.flatnonzero(hashes == each)[:3] + first_line).tolist() for each in examples]
        return Twins(count=len(again), lines=sorted(lines))


def _again(hashes: np.ndarray, low: int, high: int) -> np.ndarray:
    """Return each hash of a range as often as it repeats an earlier one. By ranges, since all at once need a copy."""
    ordered = np.sort(hashes[(hashes >= low) & (hashes < high) & (hashes != _NOTHING)])
    again: np.ndarray = ordered[1:][ordered[1:] == ordered[:-1]]
    return again
