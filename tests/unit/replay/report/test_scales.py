"""Axes: where values come to stand, at which values they are marked, and labels that do not lie on each other."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.replay.report.scales import linear, logarithmic, rarity, rarity_ticks, round_ticks, spaced, tenfold_ticks


def test_linear_scale_turns_upside_down_as_paper_does() -> None:
    up = linear(0, 10, 100, 0)
    assert (up(0), up(5), up(10)) == (100, 50, 0)


def test_each_tenfold_and_each_nine_is_as_long_as_the_next() -> None:
    up, across = logarithmic(1, 1000, 0, 300), rarity(99.9, 0, 300)
    assert (up(1), up(10), up(1000), up(0)) == pytest.approx((0, 100, 300, 0))
    assert (across(0), across(90), across(99), across(99.9), across(100)) == pytest.approx((0, 100, 200, 300, 300))


@given(st.floats(1e-3, 1e9), st.integers(2, 10))
def test_ticks_reach_the_top_with_few_round_steps(top: float, count: int) -> None:
    ticks = round_ticks(top, count)
    assert ticks[0] == 0
    assert ticks[-1] >= top * (1 - 1e-6)
    assert 2 <= len(ticks) <= count + 2


@pytest.mark.parametrize(
    "low,high,ticks",
    [(1, 1000, [1, 10, 100, 1000]), (0.5, 20, [0.1, 1, 10, 100]), (5, 5, [1, 10]), (10, 10, [10, 100])],
    ids=["powers", "between", "one value", "one power"],
)
def test_tenfold_ticks_hold_every_value(low: float, high: float, ticks: list[float]) -> None:
    assert tenfold_ticks(low, high) == ticks


def test_rarity_ticks_end_with_the_last_nine_that_there_is() -> None:
    assert rarity_ticks(99.95) == [0, 50, 90, 99, 99.9]


@given(st.lists(st.floats(0, 300), min_size=1, max_size=6))
def test_labels_keep_their_distance_and_stay_inside(wanted: list[float]) -> None:
    places = sorted(spaced(wanted, 16, 0, 300))
    assert all(later - earlier >= 16 - 1e-9 for earlier, later in pairwise(places))
    assert places[0] >= 0
    assert places[-1] <= 300
