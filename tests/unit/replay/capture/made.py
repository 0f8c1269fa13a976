"""Stretches of lines whose times are given; a line says its partition and its number in it."""

from collections.abc import Sequence
from itertools import accumulate

import numpy as np

from services.replay.capture.stretches import COLUMN_COUNT, Stretch


def stretch(place: int, times_ms: Sequence[int]) -> Stretch:
    """Return a line for each time."""
    numbers = np.zeros((COLUMN_COUNT, len(times_ms)), np.int64)
    numbers[0], numbers[1] = place, range(len(times_ms))
    numbers[2], numbers[3] = times_ms, list(accumulate(times_ms, max))
    lines = [b"%d %d\n" % (place, number) for number in range(len(times_ms))]
    numbers[5] = list(map(len, lines))
    return Stretch(numbers, lines)


def placed(stretches: Sequence[Stretch]) -> list[tuple[int, int]]:
    """Return partition and number of each line."""
    lines = [line.split() for each in stretches for line in each.lines]
    return [(int(place), int(number)) for place, number in lines]
