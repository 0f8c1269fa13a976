"""The timeline of a worker: what is due when, and when it looks again."""

import asyncio

import numpy as np

from services.replay.run.pacing import WAKE_PAUSE_S_MIN, Alarm, Timeline, Watch


def timeline() -> Timeline:
    made = Timeline(np.array([0.0, 0.5, 0.5, 2.0]))
    made.start_s = 100.0
    return made


def test_nothing_is_due_before_its_instant() -> None:
    assert [timeline().due(now_s) for now_s in (99.9, 100.0, 100.49, 100.5, 101.9, 102.0)] == [0, 1, 1, 3, 3, 4]


def test_nothing_is_due_before_the_start_is_known() -> None:
    assert Timeline(np.array([0.0])).due(1e12) == 0


def test_the_next_look_is_at_the_next_instant_but_never_too_soon() -> None:
    assert timeline().next_s(3, 100.6) == 102.0
    assert timeline().next_s(1, 100.5) == 100.5 + WAKE_PAUSE_S_MIN


def test_lateness_counts_from_the_instant() -> None:
    handed = np.array([100.25, 100.5, 101.0, np.nan])
    assert timeline().late_s(0, 3, handed).tolist() == [0.25, 0.0, 0.5]


async def test_an_alarm_rings_at_its_moment_and_not_before() -> None:
    watch, rung = Watch(), asyncio.Event()
    alarm = Alarm(watch, rung.set)
    at_s = watch.now_s() + 0.02
    alarm.set(at_s)
    await rung.wait()
    alarm.close()
    assert watch.now_s() >= at_s


async def test_a_moment_that_has_passed_rings_at_once() -> None:
    watch, rung = Watch(), asyncio.Event()
    alarm = Alarm(watch, rung.set)
    alarm.set(watch.now_s() - 5)
    await asyncio.wait_for(rung.wait(), 5)
    alarm.close()
