"""From a value to a place on paper, and the values at which an axis is marked. Pure."""

from collections.abc import Callable
from math import ceil, floor, log10
from typing import Final

Scale = Callable[[float], float]

_STEPS: Final = (1.0, 2.0, 5.0, 10.0)


def linear(low: float, high: float, start: float, end: float) -> Scale:
    """Return a scale that takes `low` to `start` and `high` to `end`."""
    span = (high - low) or 1.0
    return lambda value: start + (value - low) / span * (end - start)


def logarithmic(low: float, high: float, start: float, end: float) -> Scale:
    """Return a scale on which each tenfold is as long as every other; what is below `low` is drawn at `low`."""
    along = linear(log10(low), log10(high), start, end)
    return lambda value: along(log10(max(value, low)))


def rarity(percent_max: float, start: float, end: float) -> Scale:
    """Return the axis of HdrHistogram's plots: each further nine is as long as the one before, so that the rare
    requests can be seen. `percent_max` ends it; what is beyond is drawn there.
    """
    along = linear(0, -log10(1 - percent_max / 100), start, end)
    return lambda percent: along(-log10(1 - min(percent, percent_max) / 100))


def round_ticks(top: float, count: int) -> list[float]:
    """Return about `count` round values from 0 up, the last of them at or beyond `top`."""
    if top <= 0:
        return [0.0, 1.0]
    rough = top / count
    unit: float = 10.0 ** floor(log10(rough))
    step = next(each * unit for each in _STEPS if each * unit >= rough * (1 - 1e-9))
    return [round(index * step, 10) for index in range(ceil(top / step * (1 - 1e-9)) + 1)]


def tenfold_ticks(low: float, high: float) -> list[float]:
    """Return the powers of ten from the one at or below `low` to the one at or beyond `high`, two at least."""
    first = floor(log10(low) + 1e-9)
    last = max(ceil(log10(high) - 1e-9), first + 1)
    return [float(f"1e{power}") for power in range(first, last + 1)]


def rarity_ticks(percent_max: float) -> list[float]:
    """Return the percentiles marked on a rarity axis: 0, 50, 90, 99, 99.9 … as far as it goes."""
    nines = [round(100 - 10.0**-power, 10) for power in range(-1, 8)]
    return [0.0, 50.0, *(percent for percent in nines if percent <= percent_max)]


def spaced(wanted: list[float], gap: float, low: float, high: float) -> list[float]:
    """Return places near the wanted ones (in any order) that are `gap` apart and within [low, high], for labels."""
    order = sorted(range(len(wanted)), key=wanted.__getitem__)
    places = [0.0] * len(wanted)
    least = low
    for index in order:
        places[index] = least = max(wanted[index], least)
        least += gap
    most = high
    for index in reversed(order):
        places[index] = most = min(places[index], most)
        most -= gap
    return places
