"""Chance from a seed: whole numbers that are the same on every machine and with every version of NumPy.

Only PCG64's raw output is used, which NumPy keeps for ever, and arithmetic that rounds alike everywhere.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Raw = NDArray[np.uint64]

_HIGH_BITS: Final = np.uint64(11)
_UNIT: Final = 2.0**-53


class Chance:
    """The draws of one seed. Each purpose has a stream of its own, so that a new one changes no other."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def raw(self, purpose: str, count: int) -> Raw:
        """Return `count` numbers of 64 bits."""
        stream = np.random.PCG64([self._seed, *purpose.encode()])
        return np.asarray(stream.random_raw(count), dtype=np.uint64)

    def unit(self, purpose: str, count: int) -> NDArray[np.float64]:
        """Return numbers from 0 up to 1, without 1."""
        return (self.raw(purpose, count) >> _HIGH_BITS).astype(np.float64) * _UNIT

    def happens(self, purpose: str, count: int, share: float) -> NDArray[np.bool_]:
        """Say for each of `count` whether something of this probability happens."""
        return self.unit(purpose, count) < share

    def between(self, purpose: str, count: int, least: float, most: float) -> NDArray[np.int64]:
        """Return whole milliseconds from `least` to `most` seconds."""
        low = round(least * 1000)
        width = np.uint64(max(1, round(most * 1000) - low))
        return (self.raw(purpose, count) % width).astype(np.int64) + low

    def order(self, purpose: str, count: int) -> NDArray[np.int32]:
        """Return the numbers from 0 to `count` - 1 in a random order."""
        return np.argsort(self.raw(purpose, count), kind="stable").astype(np.int32)

    def weighted(self, purpose: str, count: int, weights: NDArray[np.int64]) -> NDArray[np.int16]:
        """Return `count` indexes into `weights`, each as likely as its weight."""
        bounds = np.cumsum(weights)
        drawn = self.raw(purpose, count) % np.uint64(bounds[-1])
        return np.searchsorted(bounds, drawn.astype(np.int64), side="right").astype(np.int16)
