"""A run in plain sentences."""

from pathlib import Path

import pytest

from services.replay.measure.results import AuditSummary, Finding
from services.replay.report import story
from tests.unit.replay.report.runs import Made, write_run

FAILED = AuditSummary(outcome="failed", breaches=[Finding(what="sent and not in the ledger", count=1, ids=["a"])])


def test_clean_run_is_told_in_one_sentence(tmp_path: Path) -> None:
    told = list(story.what_came_of_it(write_run(tmp_path)))
    assert told[:2] == [
        (
            "All 5,500 requests were acknowledged by Kafka, recorded in the ledger (5,500 processed) "
            "and answered by a mail that was accepted."
        ),
        "None failed.",
    ]


def test_repeats_are_told_and_not_missed(tmp_path: Path) -> None:
    told = list(story.what_came_of_it(write_run(tmp_path, Made(repeats=100))))
    assert told[0] == (
        "All 5,500 requests were acknowledged by Kafka, and all 5,400 with an id of their own recorded in the ledger "
        "(5,400 processed) and answered by a mail that was accepted."
    )
    assert "100 requests repeated the id of an earlier one and must have no effect." in told


def test_failures_are_told_by_their_kind(tmp_path: Path) -> None:
    told = list(story.what_came_of_it(write_run(tmp_path, Made(lost=11))))
    assert told[0].startswith("Of 5,500 requests, 5,500 were acknowledged by Kafka, 5,489 were recorded")
    assert told[1] == "11 failed (0.20 %): 11 never came back."


@pytest.mark.parametrize(
    "made,headline",
    [
        (Made(), "Passed"),
        (Made(committed_p99_ms=1), "Not passed: a threshold was missed"),
        (Made(audit=FAILED), "Not passed: the audit failed"),
    ],
    ids=["passed", "threshold", "audit"],
)
def test_headline_says_what_counted(tmp_path: Path, made: Made, headline: str) -> None:
    assert story.headline(write_run(tmp_path, made)) == headline


def test_breaches_of_the_audit_are_named(tmp_path: Path) -> None:
    told = story.audited(write_run(tmp_path, Made(audit=FAILED)))
    assert told == "The audit afterwards failed: sent and not in the ledger (1)."


def test_run_without_audit_proves_nothing(tmp_path: Path) -> None:
    told = story.audited(write_run(tmp_path, Made(audit=AuditSummary(outcome="skipped"))))
    assert "nothing here proves that nothing was lost" in told


def test_what_was_done_names_recording_pace_and_warm_up(tmp_path: Path) -> None:
    told = " ".join(story.what_was_done(write_run(tmp_path)))
    assert "6,000 link requests of the recording rehearsal.jsonl.zst" in told
    assert "Pace: 100/s, evenly." in told
    assert "its first 5 s were a warm-up, whose 500 requests count in no figure" in told


def test_threshold_is_told_in_words() -> None:
    assert story.threshold("committed p99") == "time within which 99 in 100 requests were in the ledger"
    assert not story.threshold("share of requests that failed")
