"""Instants for the paces that have rates of their own: when the n-th record goes, whatever the recording's times are.

A pace is taken apart into stretches in which the rate is constant or changes in a straight line; record n goes when the
stretches so far have let n records through.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.replay.plan.paces import FullSpeed, Pace, Poisson, Ramp, Spike, Steady, Step

Instants = NDArray[np.float64]
_FOR_EVER: Final = float("inf")
_SIGMAS: Final = 10.0


class Stretch(NamedTuple):
    """A time with one rate, or one that goes from `from_per_s` to `to_per_s` in a straight line."""

    from_per_s: float
    to_per_s: float
    for_s: float

    def holds(self) -> float:
        """Return how many records go in it."""
        return (self.from_per_s + self.to_per_s) / 2 * self.for_s

    def seconds(self, nth: Instants) -> Instants:
        """Return how long after its start the n-th record of it goes, n from 0, as a float."""
        if self.from_per_s == self.to_per_s:
            return nth / self.from_per_s
        slope = (self.to_per_s - self.from_per_s) / self.for_s
        # The stable form of the quadratic's root: no difference of near numbers where the slope is small.
        root = np.sqrt(np.maximum(self.from_per_s**2 + 2 * slope * nth, 0.0))
        seconds: Instants = np.divide(2 * nth, self.from_per_s + root, out=np.zeros_like(nth), where=nth > 0)
        return seconds


def stretches(pace: Pace) -> list[Stretch]:
    """Return the stretches of a pace; the last one of most has no end. Poisson's is its mean."""
    match pace:
        case Steady(per_s=rate) | Poisson(per_s=rate):
            return [Stretch(rate, rate, _FOR_EVER)]
        case Ramp():
            climb = Stretch(pace.from_per_s, pace.to_per_s, pace.over_s)
            return [climb, Stretch(pace.to_per_s, pace.to_per_s, _FOR_EVER)]
        case Step():
            return [Stretch(level.per_s, level.per_s, level.for_s) for level in pace.levels]
        case Spike():
            base = pace.base_per_s
            before = [Stretch(base, base, pace.at_s)] if pace.at_s else []
            return [*before, Stretch(pace.peak_per_s, pace.peak_per_s, pace.for_s), Stretch(base, base, _FOR_EVER)]
        case _:
            return []


def rated(pace: Pace, count: int, seed: int) -> Instants:
    """Return the instants of up to `count` records in seconds from the start; fewer where the pace ends before."""
    match pace:
        case FullSpeed():
            return np.zeros(count)
        case Poisson():
            return _poisson(pace.per_s, count, seed)
        case _:
            return _through(stretches(pace), count)


def count_within(pace: Pace, for_s: float) -> int | None:
    """Return a number of records that certainly reaches beyond `for_s` seconds; None where no such number is known."""
    parts = stretches(pace)
    if not parts:
        return None
    mean = max(max(part.from_per_s, part.to_per_s) for part in parts) * for_s
    return int(mean + _SIGMAS * mean**0.5 + _SIGMAS)


def _through(parts: list[Stretch], count: int) -> Instants:
    nth = np.arange(count, dtype=np.float64)
    begun_s, passed, done = 0.0, 0.0, 0
    for part in parts:
        end = passed + part.holds() if part.for_s != _FOR_EVER else _FOR_EVER
        # The first whole number not below the end, for the stretch is half open; a hair less for sums of fractions.
        last = count if end == _FOR_EVER else min(count, int(np.ceil(end - 1e-9)))
        nth[done:last] = begun_s + part.seconds(nth[done:last] - passed)
        begun_s, passed, done = begun_s + part.for_s, end, max(done, last)
        if done >= count:
            break
    return nth[:done]


def _poisson(per_s: float, count: int, seed: int) -> Instants:
    # By inversion from uniform numbers: that stream is the same in every version of numpy, `exponential`'s need not be.
    gaps = np.random.Generator(np.random.PCG64(seed)).random(count)
    np.negative(gaps, out=gaps)
    np.log1p(gaps, out=gaps)
    np.divide(gaps, -per_s, out=gaps)
    return np.cumsum(gaps, out=gaps)
