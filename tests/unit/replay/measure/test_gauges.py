"""Gauges and what hangs on them: conditions that end a run, and the three views."""

import json
from typing import NamedTuple

import numpy as np
import pytest

from services.replay.measure.abort import Abort, condition
from services.replay.measure.gauges import Gauges, Instruments
from services.replay.measure.live import viewing
from services.replay.measure.stages import Stage
from services.replay.measure.timings import Timings
from services.replay.outcome import Unusable
from tests.unit.replay.measure.arrays import START_S


class Sum(NamedTuple):
    sent: int = 0
    acknowledged: int = 0
    failed: int = 0
    late_p99_ms: float = 0.0


def timings(count: int = 100) -> Timings:
    made = Timings(np.arange(count) / 10, np.arange(1, count + 1, dtype=np.uint64))
    made.begin(START_S)
    return made


def come(run: Timings, stage: Stage, until: int, took_s: float) -> None:
    ids = np.arange(1, until + 1, dtype=np.uint64)
    run.mark(stage, ids, run.due[:until] + took_s)


def gauges(now_s: float = 5.0, *, draining: bool = False, committed: int = 40) -> Gauges:
    run = timings()
    come(run, Stage.COMMITTED, committed, 0.25)
    told = Sum(sent=50, acknowledged=45, failed=2, late_p99_ms=3.0)
    return Instruments(run, last=Stage.COMMITTED).read(now_s, told, draining=draining)


def test_gauges_say_rates_lag_and_percentiles() -> None:
    found = gauges()
    assert (found.offered, found.in_flight) == (51, 10)
    assert [found.eta_s, found.lag_s] == pytest.approx([4.9, 1.0])
    assert [found.offered_per_s, found.achieved_per_s] == pytest.approx([10.2, 8.0])
    assert found.stages[Stage.COMMITTED].p99_ms == pytest.approx(250, rel=0.001)


def test_recent_percentiles_forget_and_whole_ones_do_not() -> None:
    run, told = timings(), Sum(sent=100)
    instruments = Instruments(run, last=Stage.COMMITTED)
    come(run, Stage.COMMITTED, 50, 2.0)
    instruments.read(5.0, told, draining=False)
    come(run, Stage.COMMITTED, 100, 0.1)
    found = instruments.read(20.0, told, draining=True).stages[Stage.COMMITTED]
    assert found.recent_p99_ms == pytest.approx(100, rel=0.001)
    assert found.p99_ms == pytest.approx(2000, rel=0.001)


def test_repeats_are_offered_and_not_expected() -> None:
    run = Timings(np.arange(100) / 10, np.tile(np.arange(1, 51, dtype=np.uint64), 2))
    run.begin(START_S)
    run.mark(Stage.COMMITTED, run.ids[:50], run.due[:50] + 0.25)
    found = Instruments(run, last=Stage.COMMITTED).read(10.0, Sum(sent=100), draining=False)
    assert (found.offered_per_s, found.expected_per_s, found.achieved_per_s) == (10.0, 5.0, 5.0)
    assert not condition("achieved_share < 99%").holds(found)


def test_lag_ends_when_all_that_is_due_is_back() -> None:
    assert gauges(3.95).lag_s == 0.0


HOLDS = {
    "lag > 900ms": True,
    "lag > 2s": False,
    "committed.p99 > 200ms": True,
    "committed.p50 < 200ms": False,
    "mailed.p99 > 1ms": False,
    "failed > 1": True,
    "failure_share > 3%": True,
    "in_flight > 10": False,
    "late_p99 > 2ms": True,
    "achieved_share < 80%": True,
}


@pytest.mark.parametrize("text", HOLDS)
def test_condition_is_held_against_the_gauges(text: str) -> None:
    assert condition(text).holds(gauges()) is HOLDS[text]


def test_condition_must_last_and_the_drain_is_not_judged() -> None:
    abort = Abort([condition("lag > 500ms for 2s")])
    assert [abort.reason(gauges(now_s)) for now_s in (5.0, 6.5)] == [None, None]
    assert abort.reason(gauges(7.0)) == "--abort-on lag > 500ms for 2s"
    assert abort.reason(gauges(9.0, draining=True)) is None


def test_condition_that_stops_holding_begins_anew() -> None:
    abort = Abort([condition("lag > 500ms for 2s")])
    reasons = [abort.reason(gauges(now_s, committed=committed)) for now_s, committed in ((5, 40), (6, 60), (7, 40))]
    assert reasons == [None, None, None]


BAD = {
    "lag": "is not",
    "lag > fast": "is not",
    "lag > 5": "is not a duration",
    "speed > 5s": "speed is not known; known are failed, in_flight",
    "failed > 1.5": "'1.5' is not a count",
    "failure_share > 200%": "is not a share",
    "lag > 5s for 2": "is not",
}


@pytest.mark.parametrize("text", BAD)
def test_condition_that_cannot_be_is_told_in_words(text: str) -> None:
    with pytest.raises(Unusable) as caught:
        condition(text)
    assert BAD[text] in str(caught.value)


def test_plain_view_is_a_line_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    with viewing(json=False, terminal=False) as view:
        for now_s in (5.0, 6.0, 9.9, 10.0):
            view.show(gauges(now_s))
    lines = capsys.readouterr().err.splitlines()
    assert [line[:4] for line in lines] == ["0:05", "0:10"]
    assert "in flight 10, lag 1.0 s; failed 2; generator p99 3 ms" in lines[0]


def test_json_view_is_a_document_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    with viewing(json=True) as view:
        view.show(gauges())
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["stages"]["committed"]["came"] == 40


def test_picture_shows_every_stage(capsys: pytest.CaptureFixture[str]) -> None:
    with viewing(json=False, terminal=True) as view:
        view.show(gauges())
    shown = capsys.readouterr().err
    assert all(word in shown for word in ("acknowledged", "committed", "mailed", "250 ms", "lag 1.0 s"))
