"""The bounded summaries say what an exact count would say, within what they promise."""

from random import Random

import numpy as np

from services.replay.inspection.rates import PLOT_HEIGHT, Timeline, plotted
from services.replay.inspection.sizes import SizeCounts
from services.replay.inspection.skew import Keys


def test_heavy_keys_among_very_many_are_found_within_the_error() -> None:
    keys, chance = Keys(), Random(1)
    stream = [
        b"hot%d" % (number % 3) if number % 10 == 0 else b"%d" % chance.getrandbits(60) for number in range(120_000)
    ]
    for start in range(0, len(stream), 1_000):
        keys.add(tuple(stream[start : start + 1_000]))
    found = keys.skew()
    assert {each.key for each in found.top[:3]} == {"hot0", "hot1", "hot2"}
    assert all(each.count <= 4_000 <= each.count + found.error for each in found.top[:3])
    assert abs(found.about_distinct - 108_003) < 108_003 * 0.03


def test_percentiles_of_sizes_are_exact() -> None:
    counts = SizeCounts()
    counts.add(np.arange(1, 101))
    assert counts.sizes().percentiles_bytes == {"p50": 50, "p90": 90, "p99": 99, "p99.9": 100}


def test_large_sizes_are_rounded_up_to_kibibytes() -> None:
    counts = SizeCounts()
    counts.add(np.array([1_000_000, 1_000_001, 9_000_000]))
    sizes = counts.sizes()
    assert (sizes.percentiles_bytes["p50"], sizes.largest_bytes, sizes.total_bytes) == (
        1_000_448,
        9_000_000,
        11_000_001,
    )


def test_timeline_counts_by_second_and_finds_the_peak() -> None:
    timeline = Timeline(5_000, 12_000)
    timeline.add(np.array([5_000, 6_000, 8_100, 8_200, 8_900, 12_000]))
    rates = timeline.rates()
    assert (rates.peak_per_s, rates.peak_at_ms, rates.duration_s) == (3.0, 8_000, 7.0)


def test_long_recording_has_wider_slots() -> None:
    assert Timeline(0, 40 * 86_400_000).slot_s == 4


def test_plot_has_its_highest_column_full_and_shows_the_smallest() -> None:
    lines = plotted([0.0, 1.0, 400.0])
    assert len(lines) == PLOT_HEIGHT
    assert [line[-1] for line in lines] == ["█"] * PLOT_HEIGHT
    assert lines[-1].endswith(" ▁█")
