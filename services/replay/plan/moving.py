"""Moving times: every instant of a record by one and the same distance, in whatever text it stands. Pure.

With `shift` the distance is one whole number of seconds for a loop, so that gaps stay as they were, to the microsecond.
"""

from datetime import datetime, timedelta
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from services.replay.plan.forms import Flags, Rows, put, rows_of, texts_in

Choice = Literal["shift", "original", "now"]

_MS_PER_S: Final = 1000
_SECONDS_LENGTH: Final = len("2026-03-02T08:30:00")
_KNOWN_COUNT_MAX: Final = 100_000
_NOWHERE: Final = b"?" * _SECONDS_LENGTH
EXACT_LENGTH: Final = len("2026-03-02T08:30:00.000000Z")
_FRACTION: Final = slice(len("2026-03-02T08:30:00."), EXACT_LENGTH - 1)
_YEARS: Final = (np.datetime64("0001-01-01", "us"), np.datetime64("9999-12-31T23:59:59.999999", "us"))


def shift_ms(first_ms: int, start_ms: int) -> int:
    """Return the distance that brings `first_ms` to `start_ms`, rounded down to a whole second: nothing gets ahead."""
    return (start_ms - first_ms) // _MS_PER_S * _MS_PER_S


class Mover:
    """Moves texts (ISO 8601, RFC 3339) by a distance. A distance of whole seconds leaves fractions untouched, and is
    quick: the second is looked up among those already moved.
    """

    def __init__(self, distance_ms: int) -> None:
        self._distance = timedelta(milliseconds=distance_ms)
        self._whole = distance_ms % _MS_PER_S == 0
        self._known: dict[bytes, bytes] = {}

    def value(self, text: bytes) -> bytes | None:
        """Return a moved time as the contract's models write it; None where the text is no time or leaves the years."""
        moved = self._known.get(text[:_SECONDS_LENGTH])
        if moved is not None:
            return moved + text[_SECONDS_LENGTH:]
        return self._second(text) if self._whole else self._exact(text, "auto")

    def header(self, text: bytes) -> bytes | None:
        """Return a moved time as the envelope writes it, with its microseconds."""
        moved = self._known.get(text[:_SECONDS_LENGTH])
        if moved is not None:
            return moved + text[_SECONDS_LENGTH:]
        return self._second(text) if self._whole else self._exact(text, "microseconds")

    def move(self, rows: Rows, columns: slice) -> Flags:
        """Move the times that stand in some columns, in place, as `value` and `header` do where the distance is of
        whole seconds; say which were times.
        """
        assert self._whole, "only seconds are looked at"
        seconds = slice(columns.start, columns.start + _SECONDS_LENGTH)
        moved: list[bytes | None] = list(map(self._known.get, texts_in(rows, seconds)))
        for row in [row for row, text in enumerate(moved) if text is None]:
            moved[row] = self.value(rows[row, columns].tobytes())
        put(rows, seconds, [_NOWHERE if text is None else text[:_SECONDS_LENGTH] for text in moved])
        return np.array([text is not None for text in moved], np.bool_)

    def _second(self, text: bytes) -> bytes | None:
        exact = self._exact(text, "auto")
        if exact is None or len(text) < _SECONDS_LENGTH:
            return None
        if len(self._known) >= _KNOWN_COUNT_MAX:
            self._known.clear()
        moved = self._known[text[:_SECONDS_LENGTH]] = exact[:_SECONDS_LENGTH]
        return moved + text[_SECONDS_LENGTH:]

    def _exact(self, text: bytes, timespec: str) -> bytes | None:
        try:
            moved = datetime.fromisoformat(text.decode("ascii")) + self._distance
        except (ValueError, OverflowError):
            return None
        written = moved.isoformat(timespec=timespec)
        return (written.replace("+00:00", "Z") if text.endswith(b"Z") else written).encode()


def move_each(rows: Rows, columns: slice, distances_ms: NDArray[np.int64]) -> Flags:
    """Move the times of EXACT_LENGTH that stand in some columns by a distance for each row, in place.

    Say which were times, and still have a fraction: a value's model writes one without it in another length.
    """
    assert columns.stop - columns.start == EXACT_LENGTH
    texts = np.ascontiguousarray(rows[:, columns.start : columns.stop - 1]).view(f"S{EXACT_LENGTH - 1}").ravel()
    try:
        moments = texts.astype("datetime64[us]")
    except ValueError:
        return np.zeros(len(rows), np.bool_)
    moved = moments + distances_ms.astype("timedelta64[ms]")
    fits = (moments >= _YEARS[0]) & (moved >= _YEARS[0]) & (moved <= _YEARS[1])
    shown = np.datetime_as_string(np.where(fits, moved, _YEARS[0]), unit="us").astype(texts.dtype)
    rows[:, columns.start : columns.stop - 1] = rows_of([shown.tobytes()], texts.nbytes).reshape(len(rows), -1)
    exact: Flags = fits & (rows[:, columns][:, _FRACTION] != ord("0")).any(axis=1)
    return exact


def stamp_ms(choice: Choice, timestamp_ms: int, distance_ms: int, sending_ms: int) -> int:
    """Return the time of the record itself. A shifted one is never ahead of its sending: brokers refuse the future.

    A record that had no time (below zero) gets that of its sending.
    """
    if choice == "now" or timestamp_ms < 0:
        return sending_ms
    return timestamp_ms if choice == "original" else min(timestamp_ms + distance_ms, sending_ms)


def stamps_ms(
    choice: Choice, timestamps_ms: NDArray[np.int64], distances_ms: NDArray[np.int64], sendings_ms: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return what `stamp_ms` returns, for many records."""
    if choice == "now":
        return sendings_ms
    wanted = timestamps_ms if choice == "original" else np.minimum(timestamps_ms + distances_ms, sendings_ms)
    return np.where(timestamps_ms < 0, sendings_ms, wanted)
