"""Scenario files: each that comes with ecflink can be, and each that cannot be is told in a sentence."""

from pathlib import Path

import pytest

from services.replay.outcome import Unusable
from services.replay.scenarios.chance import Chance
from services.replay.scenarios.curve import instants_ms
from services.replay.scenarios.generating import draw
from services.replay.scenarios.library import find, names, parse, scaled
from services.replay.scenarios.scenario import Scenario

GOOD = """
title = "A good one"
about = "Ten links."
start = 2025-11-03T14:00:00Z
links = 100
filers = 100
[arrivals]
duration_s = 400
peak_per_s = 0.5
shape = [[0, 1.0], [400, 0.0]]
[courts]
ids = ["UTBK"]
[mix]
not_upgraded = 0.05
[walk]
return_s = { least = 10, most = 90 }
"""
BAD = [
    ("zero-filers", "filers = 100", "filers = 0", "filers: Input should be greater than or equal to 1"),
    ("too-few-filers", "filers = 100", "filers = 50", "100 links of this mix take 100 filers, and filers is 50"),
    ("shares-over-one", "not_upgraded = 0.05", "not_upgraded = 0.6\nlate = 0.5", "the shares add up to 1.1"),
    ("share-above-one", "not_upgraded = 0.05", "late = 1.5", "mix.late: Input should be less than or equal to 1"),
    ("peak-below-mean", "peak_per_s = 0.5", "peak_per_s = 0.2", "peak_per_s (0.2) is below the mean"),
    ("peak-too-high", "peak_per_s = 0.5", "peak_per_s = 0.6", "0.5 is the most"),
    ("no-peak-in-shape", "[0, 1.0]", "[0, 0.9]", "the highest point of shape must be 1"),
    ("shape-too-short", "[400, 0.0]", "[300, 0.0]", "the points of shape must go from second 0 to 400"),
    ("unknown-field", "links = 100", "links = 100\nlinkz = 1", "linkz: is no field of a scenario"),
    ("missing-field", "links = 100", "", "links: is missing"),
    ("not-toml", "links = 100", "links = ", "is not TOML"),
    ("no-zone", "14:00:00Z", "14:00:00", "start: Input should have timezone info"),
    ("never-live", "not_upgraded = 0.05", "court_not_live = 0.1", "needs a court in courts.not_live"),
    ("live-and-not", 'ids = ["UTBK"]', 'ids = ["UTBK"]\nnot_live = ["UTBK"]', "UTBK stands in courts.ids and in"),
    ("fewer-courts", 'ids = ["UTBK"]', 'ids = ["UTBK"]\neach = 2', "courts.each is 2, and courts.ids names fewer"),
    ("hot-without-share", "links = 100", "links = 100\nhot_accounts = 1", "hot_accounts needs a share"),
    ("slow-return", "most = 90", "most = 200", "walk.return_s must end at a quarter of duration_s"),
    ("slow-steps", "[walk]", "[walk]\nstep_s = { least = 5, most = 700 }", "step_s must stay below 600"),
    ("punctual-late", "[walk]", "[walk]\nlate_s = { least = 60, most = 700 }", "late_s must begin above 600"),
    ("span-backwards", "least = 10", "least = 95", "most (90) must be above least (95)"),
    ("endless-outage", "[mix]", "[outage]\nat_s = 300\nfor_s = 90\ndrain_s = 30\n[mix]", "the outage and twice"),
]


@pytest.mark.parametrize("name", names())
def test_scenario_that_comes_along_can_be(name: str) -> None:
    scenario = find(name).scenario
    assert draw(scenario.scaled(0.1), 1, scenario.start).record_count > 0


def test_the_seven_scenarios_come_along() -> None:
    assert set(names()) == {
        *("smoke", "one-court-monday", "deadline-rush", "outage-recovery"),
        *("nation-in-an-hour", "duplicate-storm", "hot-account"),
    }


def test_scenario_of_ones_own_is_found_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(GOOD, encoding="utf-8")
    assert find(str(path)).name == "mine"


@pytest.mark.parametrize("good, bad, sentence", [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_scenario_that_cannot_be_is_told(good: str, bad: str, sentence: str) -> None:
    assert good in GOOD
    with pytest.raises(Unusable) as told:
        parse(GOOD.replace(good, bad), "mine.toml")
    assert sentence in str(told.value)


def test_unknown_scenario_is_told_with_those_there_are() -> None:
    with pytest.raises(Unusable, match="smok is neither a file nor one of the scenarios deadline-rush"):
        find("smok")


def test_scale_too_small_for_the_mix_is_told() -> None:
    with pytest.raises(Unusable, match="2 links are too few for this mix"):
        scaled(find("smoke"), 0.01)


def test_unknown_court_is_told() -> None:
    scenario = parse(GOOD.replace("UTBK", "XXBK"), "mine.toml")
    with pytest.raises(Unusable, match="XXBK is not in the registry"):
        draw(scenario, 1, scenario.start)


def test_rate_follows_the_shape() -> None:
    scenario: Scenario = find("nation-in-an-hour").scenario
    at_ms = instants_ms(scenario.arrivals, scenario.links, Chance(1).unit("instants", scenario.links))
    in_the_peak = int(((at_ms >= 10_000) & (at_ms < 110_000)).sum())
    assert in_the_peak / 100 == pytest.approx(720, rel=0.02)
