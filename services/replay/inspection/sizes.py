"""How large the values are: exact percentiles, from a count of each size."""

from typing import Final

import numpy as np

from services.replay.inspection.places import Shown

_EXACT_BYTES_MAX: Final = 65_536
_COARSE_BYTES: Final = 1_024
_COARSE_COUNT: Final = 262_144
_SHARES: Final = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p99.9": 0.999}


class Sizes(Shown):
    """Sizes of values in bytes, nulls left out; above 64 KiB a percentile is rounded up to whole KiB."""

    total_bytes: int
    largest_bytes: int
    percentiles_bytes: dict[str, int]


class SizeCounts:
    """Takes sizes."""

    def __init__(self) -> None:
        self._exact = np.zeros(_EXACT_BYTES_MAX, np.int64)
        self._coarse = np.zeros(_COARSE_COUNT, np.int64)
        self._total = 0
        self._largest = 0

    def add(self, sizes: np.ndarray) -> None:
        """Take the sizes of some values."""
        if len(sizes):
            self._total += int(sizes.sum())
            self._largest = max(self._largest, int(sizes.max()))
            small = sizes < _EXACT_BYTES_MAX
            self._exact += np.bincount(sizes[small], minlength=_EXACT_BYTES_MAX)
            coarse = np.minimum(-(-sizes[~small] // _COARSE_BYTES), _COARSE_COUNT - 1)
            np.add.at(self._coarse, coarse, 1)

    def sizes(self) -> Sizes:
        """Return what was found."""
        counts = np.concatenate((self._exact, self._coarse[_EXACT_BYTES_MAX // _COARSE_BYTES :]))
        ends = np.cumsum(counts)
        return Sizes(
            total_bytes=self._total,
            largest_bytes=self._largest,
            percentiles_bytes={name: self._at(ends, share) for name, share in _SHARES.items()},
        )

    def _at(self, ends: np.ndarray, share: float) -> int:
        if not ends[-1]:
            return 0
        found = int(np.searchsorted(ends, share * ends[-1]))
        if found < _EXACT_BYTES_MAX:
            return found
        return min(self._largest, (found - _EXACT_BYTES_MAX + _EXACT_BYTES_MAX // _COARSE_BYTES) * _COARSE_BYTES)
