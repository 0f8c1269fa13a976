"""How unevenly the keys are used: the heaviest ones and about how many there are, in bounded memory.

The heaviest by the summary of Misra and Gries, whose counts are too low by at most `error`; the number of keys by
HyperLogLog, true to about one in a hundred.
"""

from collections import Counter
from typing import Final

import numpy as np

from services.replay.inspection.places import Shown

KEY_COUNT_MAX: Final = 20_000
TOP_COUNT: Final = 10
_BITS: Final = 14
_REGISTERS: Final = 1 << _BITS
_ALPHA: Final = 0.7213 / (1 + 1.079 / _REGISTERS)


class HeavyKey(Shown):
    """A key, in UTF-8 or as hex, and how many records it has at least."""

    key: str
    count: int


class Skew(Shown):
    """`error` is how many more records a key may have than its count says."""

    about_distinct: int
    without_key: int
    top: list[HeavyKey]
    error: int


class Keys:
    """Takes keys."""

    def __init__(self) -> None:
        self._counts: Counter[bytes] = Counter()
        self._error = 0
        self._without_key = 0
        self._registers = np.zeros(_REGISTERS, np.uint8)

    def add(self, keys: tuple[bytes | None, ...]) -> None:
        """Take the keys of some records."""
        found = [key for key in keys if key is not None]
        self._without_key += len(keys) - len(found)
        self._counts.update(found)
        if len(self._counts) > 2 * KEY_COUNT_MAX:
            self._shrink()
        self._estimate(np.fromiter(map(hash, found), np.int64, len(found)).view(np.uint64))

    def _shrink(self) -> None:
        counts = np.fromiter(self._counts.values(), np.int64, len(self._counts))
        cut = int(np.partition(counts, len(counts) - KEY_COUNT_MAX - 1)[len(counts) - KEY_COUNT_MAX - 1])
        self._counts = Counter({key: count - cut for key, count in self._counts.items() if count > cut})
        self._error += cut

    def _estimate(self, hashes: np.ndarray) -> None:
        rest = (hashes << np.uint64(_BITS)).astype(np.float64)
        # The number of leading zeros, from the exponent of the value as a float.
        ranks = np.clip(64 - np.frexp(rest)[1] + 1, 1, 64 - _BITS + 1).astype(np.uint8)
        np.maximum.at(self._registers, (hashes >> np.uint64(64 - _BITS)).astype(np.int64), ranks)

    def _distinct(self) -> int:
        empty = int((self._registers == 0).sum())
        raw = _ALPHA * _REGISTERS**2 / float(np.exp2(-self._registers.astype(np.float64)).sum())
        # Few keys leave registers empty, and their number is the better measure then.
        return round(_REGISTERS * np.log(_REGISTERS / empty) if empty and raw <= 2.5 * _REGISTERS else raw)

    def skew(self) -> Skew:
        """Return what was found."""
        exact = self._error == 0
        return Skew(
            about_distinct=len(self._counts) if exact else self._distinct(),
            without_key=self._without_key,
            top=[HeavyKey(key=_shown(key), count=count) for key, count in self._counts.most_common(TOP_COUNT)],
            error=self._error,
        )


def _shown(key: bytes) -> str:
    try:
        text = key.decode()
    except UnicodeDecodeError:
        return "0x" + key.hex()
    return text if text.isprintable() else repr(text)
