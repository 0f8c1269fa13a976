"""Texts of one length: what is the same in all of their kind, and where they may differ. Pure.

Thousands are held against a form at once, as the rows of a matrix of bytes.
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.uint8]
"""A matrix: one text a row, one byte a column."""
Flags = NDArray[np.bool_]

HEXADECIMAL: Final = b"0123456789abcdef"
DIGITS: Final = b"0123456789"
_WORD_BYTES: Final = 8


class Varying(NamedTuple):
    """Columns in which texts of a kind may differ, and the bytes that may stand there."""

    columns: Sequence[int]
    allowed: bytes


class Form:
    """A text, and where others of its kind may differ from it. Its length must be a multiple of eight.

    `ignored` columns may hold anything.
    """

    def __init__(self, text: bytes, varying: Iterable[Varying], ignored: Sequence[int] = ()) -> None:
        assert len(text) % _WORD_BYTES == 0
        self.length = len(text)
        self._text = np.frombuffer(text, np.uint8)
        self._same = np.full(len(text), 0xFF, np.uint8)
        self._same[list(ignored)] = 0
        self._varying = [(np.array(each.columns, np.intp), _table(each.allowed)) for each in varying if each.columns]
        for columns, _ in self._varying:
            self._same[columns] = 0

    def fits(self, rows: Rows) -> Flags:
        """Say which rows are of this form."""
        differs = np.bitwise_and(np.bitwise_xor(rows, self._text), self._same).view(np.uint64)
        fits: Flags = np.bitwise_or.reduce(differs, axis=1) == 0
        for columns, allowed in self._varying:
            fits &= allowed[rows[:, columns]].all(axis=1)
        return fits


def _table(allowed: bytes) -> Flags:
    table = np.zeros(256, np.bool_)
    table[list(allowed)] = True
    return table


def rounded_up(length: int) -> int:
    """Return the next length that a form may have."""
    return -(-length // _WORD_BYTES) * _WORD_BYTES


def rows_of(texts: Sequence[bytes], length: int) -> Rows:
    """Return texts of one length as a matrix."""
    return np.frombuffer(b"".join(texts), np.uint8).reshape(len(texts), length)


def texts_in(rows: Rows, columns: slice) -> list[bytes]:
    """Return what stands in some columns of each row. It must hold no null bytes."""
    part = np.ascontiguousarray(rows[:, columns])
    texts: list[bytes] = part.view(f"S{part.shape[1]}").ravel().tolist()
    return texts


def put(rows: Rows, columns: slice, texts: Sequence[bytes]) -> None:
    """Write texts of one length into some columns."""
    length = columns.stop - columns.start
    rows[:, columns] = rows_of(texts, length)
