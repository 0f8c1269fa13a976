"""Numbers in words."""

import pytest

from services.replay.measure.figures import Quantile
from services.replay.report import words


@pytest.mark.parametrize(
    "ms,told",
    [
        (0.0, "0.00 ms"),
        (8.434, "8.43 ms"),
        (31.24, "31.2 ms"),
        (312.4, "312 ms"),
        (1_250, "1.25 s"),
        (14_420, "14.4 s"),
        (125_000, "2 min 5 s"),
    ],
)
def test_durations(ms: float, told: str) -> None:
    assert words.duration(ms) == told


@pytest.mark.parametrize(
    "seconds,told", [(0, "0 s"), (4.25, "4.2 s"), (35, "35 s"), (60, "1 min"), (3_600, "1 h"), (9_060, "2 h 31 min")]
)
def test_periods(seconds: float, told: str) -> None:
    assert words.period(seconds) == told


@pytest.mark.parametrize(
    "part,whole,told",
    [(0, 0, "none"), (0, 9, "0 %"), (9, 9, "100 %"), (1, 1_300_000, "0.01 %"), (1_299_999, 1_300_000, "99.99 %")],
)
def test_only_all_is_all_and_only_nothing_is_nothing(part: int, whole: int, told: str) -> None:
    assert words.share(part, whole) == told


def test_what_never_came_is_more_than_its_wait() -> None:
    assert words.quantile(Quantile(ms=31_000, at_least=True)) == "more than 31.0 s"
