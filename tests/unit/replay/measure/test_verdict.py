"""The verdict: each threshold, and which trouble goes before which."""

from typing import Any

import numpy as np

from services.replay.measure.assessing import assess
from services.replay.measure.results import AuditSummary, Finding
from services.replay.measure.slo import Slo, Threshold
from services.replay.measure.stages import Stage
from services.replay.measure.timings import Timings
from services.replay.measure.verdict import Facts, decide
from tests.unit.replay.measure.arrays import layout, run

CLEAN = AuditSummary(outcome="clean")
FAILED = AuditSummary(outcome="failed", breaches=[Finding(what="lost", count=1, ids=["7"])])
UNPROVEN = AuditSummary(outcome="unaudited", unaudited=["the profile names no database"])
P99 = Slo(thresholds=(Threshold(stage=Stage.COMMITTED, percentile="p99", ms_max=150),))


def facts(timings: Timings | None = None, *, audit: AuditSummary = CLEAN, **more: Any) -> Facts:  # noqa: ANN401 - as Facts
    timings = timings or run(100)
    found = assess(layout(timings, **more.pop("limits", {})), timings)
    return Facts(*found, audit=audit, **more)


def missing(count: int) -> Timings:
    timings = run(100)
    for stage in (Stage.COMMITTED, Stage.MAILED):
        timings.at[stage][:count] = np.nan
    return timings


def late() -> Timings:
    timings = run(100)
    timings.handed[:] += 0.5
    return timings


def test_run_that_keeps_its_thresholds_passes() -> None:
    verdict = decide(facts(), P99)
    assert (verdict.passed, verdict.code, len(verdict.lines)) == (True, 0, 2)


def test_slow_percentile_misses() -> None:
    verdict = decide(facts(run(100, took_s=0.2)), P99)
    assert (verdict.code, verdict.reason) == (2, "committed p99 is 200 ms, wanted at most 150 ms")


def test_percentile_on_what_never_came_back_misses_however_short_the_wait() -> None:
    lenient = P99.model_copy(update={"failure_share_max": 1.0, "thresholds": (_within_an_hour(),)})
    assert decide(facts(missing(5)), lenient).reason.startswith("committed p99 is > ")


def _within_an_hour() -> Threshold:
    return Threshold(stage=Stage.COMMITTED, percentile="p99", ms_max=3_600_000)


def test_failures_count_against_their_share() -> None:
    assert decide(facts(missing(1)), Slo()).code == 2
    assert decide(facts(missing(1)), Slo(failure_share_max=0.01)).code == 0


def test_stage_that_was_not_waited_for_is_not_measured() -> None:
    slo = Slo(thresholds=(Threshold(stage=Stage.MAILED, percentile="p50", ms_max=1e6),))
    verdict = decide(facts(limits={"last": Stage.COMMITTED}), slo)
    assert (verdict.code, verdict.lines[0].found) == (2, "not measured")


def test_achieved_rate_below_the_offered_one_misses() -> None:
    timings = run(100)
    timings.at[Stage.MAILED][50:] += 60
    slo = Slo(achieved_share_min=0.9)
    assert decide(facts(), slo).code == 0
    assert "achieved of the offered rate is 50 %" in decide(facts(timings, limits={"ended_s": 80.0}), slo).reason


def test_achieved_share_asks_nothing_of_repeats_and_foreign_records() -> None:
    timings = run(100)
    timings.tracked[50:] = False
    for stage in (Stage.COMMITTED, Stage.MAILED):
        timings.at[stage][50:] = np.nan
    assert decide(facts(timings), Slo(achieved_share_min=1.0)).code == 0


def test_achieved_share_counts_nothing_of_the_warm_up() -> None:
    timings = run(100)
    timings.at[Stage.MAILED][:50] = timings.due[50:]
    timings.at[Stage.MAILED][50:] += 60
    slo = Slo(achieved_share_min=0.1)
    reason = decide(facts(timings, limits={"warm_up_s": 5.0, "ended_s": 80.0}), slo).reason
    assert "achieved of the offered rate is 0 %" in reason


def test_run_without_requests_after_its_warm_up_is_of_no_use() -> None:
    assert decide(facts(limits={"warm_up_s": 99.0}), Slo()).code == 1


def test_early_end_never_passes() -> None:
    assert decide(facts(aborted="--abort-on lag > 1s"), Slo()).code == 2
    assert decide(facts(aborted="interrupted by Ctrl-C", interrupted=True), Slo()).code == 130


def test_early_end_in_the_warm_up_is_no_fault_of_the_input() -> None:
    warm_up = {"warm_up_s": 99.0}
    assert decide(facts(limits=warm_up, aborted="--abort-on lag > 1s"), Slo()).code == 2
    assert decide(facts(limits=warm_up, aborted="interrupted by Ctrl-C", interrupted=True), Slo()).code == 130


def test_only_a_failed_audit_goes_before_the_wish_of_a_person() -> None:
    wish: dict[str, Any] = {"aborted": "interrupted by Ctrl-C", "interrupted": True}
    assert decide(facts(late(), audit=UNPROVEN, away="Kafka does not answer", **wish), P99).code == 130
    assert decide(facts(audit=FAILED, **wish), P99).code == 3


def test_server_that_does_not_answer_the_audit_is_no_connection() -> None:
    away = AuditSummary(outcome="unaudited", unaudited=["no broker"], away="no broker")
    assert decide(facts(audit=away), Slo()).code == 4
    assert decide(facts(audit=away), Slo(audit=False)).code == 0


def test_trouble_that_takes_the_ground_from_the_others_goes_first() -> None:
    everything: dict[str, Any] = {"aborted": "lag", "audit": FAILED, "away": "Kafka does not answer"}
    assert decide(facts(late(), **everything), P99).code == 4
    assert decide(facts(late(), aborted="lag", audit=FAILED), P99).code == 3
    assert decide(facts(late(), aborted="lag"), P99).code == 5


def test_what_was_not_proven_does_not_pass_unless_wanted() -> None:
    skipped = AuditSummary(outcome="skipped")
    assert [decide(facts(audit=each), Slo()).code for each in (UNPROVEN, skipped)] == [3, 0]
    assert decide(facts(audit=UNPROVEN), Slo(audit=False)).code == 0
    assert decide(facts(audit=skipped), Slo(audit=True)).code == 3
