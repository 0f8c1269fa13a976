"""The schedules, each against instants worked out by hand."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.replay.outcome import Unusable
from services.replay.plan.timeline import instants, timeline
from tests.unit.replay.plan.recorded import choices, patient

TIMES = (1000, 2000, 2500, 10_000)


def _at(times: Sequence[int] = TIMES, **asked: object) -> list[float]:
    return [round(float(moment), 6) for moment in instants(choices(**asked), np.array(times))]


def test_own_gaps_are_kept() -> None:
    assert _at() == [0, 1, 1.5, 9]


def test_speed_divides_gaps() -> None:
    assert _at(pace={"kind": "original", "speed": 10}) == [0, 0.1, 0.15, 0.9]


def test_slow_motion_stretches_gaps() -> None:
    assert _at(pace={"kind": "original", "speed": 0.5}) == [0, 2, 3, 18]


def test_long_pause_is_capped_before_speed() -> None:
    assert _at(pace={"kind": "original", "speed": 2, "pause_s_max": 3}) == [0, 0.5, 0.75, 2.25]


def test_second_loop_begins_one_mean_gap_after_first() -> None:
    assert _at(loops=2) == [0, 1, 1.5, 9, 12, 13, 13.5, 21]


def test_steady_rate_is_even_over_loops() -> None:
    assert _at(pace={"kind": "steady", "per_s": 4}, loops=2) == [0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75]


def test_full_speed_sends_all_at_once() -> None:
    assert _at(pace={"kind": "full-speed"}) == [0, 0, 0, 0]


def test_ramp_climbs_then_holds() -> None:
    moments = _at([0] * 11, pace={"kind": "ramp", "from_per_s": 0, "to_per_s": 4, "over_s": 4})
    assert moments == [
        round(min((n / 2) ** 0.5 * 2**0.5 * 2**0.5, 9) if n < 8 else 4 + (n - 8) / 4, 6) for n in range(11)
    ]


def test_ramp_down_slows() -> None:
    gaps = np.diff(_at([0] * 9, pace={"kind": "ramp", "from_per_s": 8, "to_per_s": 1, "over_s": 2}))
    assert np.all(np.diff(gaps) > 0)


def test_step_pauses_at_zero_and_ends_with_last_level() -> None:
    moments = _at([0] * 50, pace={"kind": "step", "levels": [(2, 2), (0, 1), (4, 1.5)]})
    assert moments == [0, 0.5, 1, 1.5, 3, 3.25, 3.5, 3.75, 4, 4.25]


def test_spike_stands_on_base() -> None:
    moments = _at([0] * 8, pace={"kind": "spike", "base_per_s": 1, "peak_per_s": 4, "at_s": 2, "for_s": 1})
    assert moments == [0, 1, 2, 2.25, 2.5, 2.75, 3, 4]


def test_poisson_is_same_for_same_seed() -> None:
    assert _at([0] * 3, pace={"kind": "poisson", "per_s": 1}, seed=7) == [0.981084, 3.256188, 4.750895]


def test_poisson_differs_by_seed_and_keeps_its_mean() -> None:
    one, other = (_at([0] * 4000, pace={"kind": "poisson", "per_s": 50}, seed=seed) for seed in (1, 2))
    assert one != other
    assert one[-1] == pytest.approx(80, rel=0.1)


def test_timeline_is_cut() -> None:
    assert _at(for_s=1.5) == [0, 1]
    assert _at(for_s=13, loops=10_000) == [0, 1, 1.5, 9, 12]
    assert _at(for_s=1, loops=3, pace={"kind": "steady", "per_s": 4}) == [0, 0.25, 0.5, 0.75]


def test_partitions_one_after_the_other_are_played_side_by_side() -> None:
    line = timeline(choices(), np.array([0, 10, 20, 0, 5, 20]))
    assert line.order is not None
    assert line.order.tolist() == [0, 3, 4, 1, 2, 5]
    assert line.instants.tolist() == [0, 0, 0.005, 0.01, 0.02, 0.02]


def test_too_many_records_are_refused() -> None:
    with pytest.raises(Unusable, match="less --loops"):
        instants(choices(loops=10_000), np.zeros(1_000_000, np.int64))


_RATES = st.floats(0.01, 10_000)
_PACES = st.one_of(
    st.builds(lambda speed: {"kind": "original", "speed": speed}, st.floats(0.1, 1000)),
    st.builds(lambda rate: {"kind": "steady", "per_s": rate}, _RATES),
    st.builds(lambda rate: {"kind": "poisson", "per_s": rate}, _RATES),
    st.builds(lambda a, b, s: {"kind": "ramp", "from_per_s": a, "to_per_s": b, "over_s": s}, _RATES, _RATES, _RATES),
    st.builds(lambda levels: {"kind": "step", "levels": levels}, st.lists(st.tuples(_RATES, _RATES), min_size=1)),
    st.builds(
        lambda a, b, s: {"kind": "spike", "base_per_s": a, "peak_per_s": b, "at_s": s, "for_s": s},
        _RATES,
        _RATES,
        _RATES,
    ),
)


@patient
@given(pace=_PACES, times=st.lists(st.integers(0, 10**7), min_size=1), loops=st.integers(1, 4))
def test_instants_never_go_back(pace: dict[str, Any], times: list[int], loops: int) -> None:
    moments = instants(choices(pace=pace, loops=loops), np.array(times))
    assert np.all(np.diff(moments) >= 0)
    assert moments[0] >= 0
    assert len(moments) <= loops * len(times)


@patient
@given(pace=_PACES, times=st.lists(st.integers(0, 10**5), min_size=1), for_s=st.floats(0.001, 200))
def test_cut_timeline_is_start_of_whole_one(pace: dict[str, Any], times: list[int], for_s: float) -> None:
    whole = instants(choices(pace=pace, loops=3), np.array(times))
    cut = instants(choices(pace=pace, loops=3, for_s=for_s), np.array(times))
    assert np.array_equal(cut, whole[whole < for_s])
