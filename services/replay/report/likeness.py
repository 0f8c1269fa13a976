"""Whether two runs can be compared: what of their conditions differs, and what of that forbids it. Pure."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from services.replay.measure.results import RunResult
from services.replay.report.noise import BLOCK_COUNT_MIN, block_count
from services.replay.report.story import choices_of

SECONDS_MIN: Final = next(count for count in range(1, 1000) if block_count(count) >= BLOCK_COUNT_MIN)
_FORBIDDING: Final = ("recording_sha256", "host", "cores", "partitions", "latency_from", "workers")
_TOLD: Final = ("versions", "configuration_hash", "cluster_id", "seed")
_CHOICES: Final = ("pace", "loops", "for_s", "ids", "times", "spread", "topics", "headers")


class Difference(NamedTuple):
    """A condition that is not the same in both runs."""

    what: str
    a: str
    b: str


def forbidding(a: RunResult, b: RunResult) -> Iterator[Difference]:
    """Yield what makes a comparison mean nothing: other data, pace or machine, or a run that says nothing."""
    yield from _conditions(a, b, _FORBIDDING)
    yield from _choices(a, b)
    pairs = {
        "into": tuple(run.conditions.notes.get("into", "topic") for run in (a, b)),
        "warm-up": (f"{a.windows.warm_up_s:g} s", f"{b.windows.warm_up_s:g} s"),
        "stages": tuple(", ".join(run.stages) for run in (a, b)),
    }
    yield from (Difference(what, *pair) for what, pair in pairs.items() if pair[0] != pair[1])
    for what, trouble in (("generator", _generator), ("measured time", _length)):
        if trouble(a) or trouble(b):
            yield Difference(what, trouble(a) or "well", trouble(b) or "well")


def telling(a: RunResult, b: RunResult) -> Iterator[Difference]:
    """Yield what differs and may be the very thing that is compared."""
    yield from _conditions(a, b, _TOLD)


def measured_seconds(run: RunResult) -> range:
    """Return the seconds of the measured window; the one in which the warm-up ends is not among them."""
    return range(-int(-run.windows.warm_up_s // 1), int(run.windows.measured_s) + 1)


def _conditions(a: RunResult, b: RunResult, names: tuple[str, ...]) -> Iterator[Difference]:
    for name in names:
        left, right = getattr(a.conditions, name), getattr(b.conditions, name)
        if left != right:
            yield Difference(name.replace("_", " "), str(left), str(right))


def _choices(a: RunResult, b: RunResult) -> Iterator[Difference]:
    left, right = choices_of(a), choices_of(b)
    for name in _CHOICES:
        values = [getattr(each, name, None) for each in (left, right)]
        if values[0] != values[1]:
            yield Difference(name, str(values[0]), str(values[1]))


def _generator(run: RunResult) -> str | None:
    return "was the limit" if run.generator.limited else None


def _length(run: RunResult) -> str | None:
    count = len(measured_seconds(run))
    return f"{count} s, at least {SECONDS_MIN} s are needed to tell the noise" if count < SECONDS_MIN else None
