"""Comparisons: what is worse beyond the noise is found, what is not is let pass, and unlike runs are not judged."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from services.replay.command import app
from services.replay.measure.results import AuditSummary
from services.replay.measure.stages import Stage
from services.replay.report import noise
from services.replay.report.comparing import Comparison, compare
from services.replay.report.evidence import read_evidence
from services.replay.report.likeness import SECONDS_MIN, measured_seconds
from services.replay.report.tolerance import Tolerance
from tests.unit.replay.report.runs import Made, write_run


def compared(folder: Path, made: Made, **tolerance: Any) -> Comparison:  # noqa: ANN401 - as Tolerance
    """Compare a run with the usual one."""
    write_run(folder / "a")
    write_run(folder / "b", made)
    return compare(read_evidence(folder / "a"), read_evidence(folder / "b"), Tolerance(**tolerance))


def meanings(comparison: Comparison) -> dict[str, str]:
    return {row.what: row.meaning for row in comparison.rows}


def test_same_system_again_is_the_same(tmp_path: Path) -> None:
    comparison = compared(tmp_path, Made(seed=2))
    assert (comparison.code, comparison.worse, comparison.unclear) == (0, [], [])


def test_slower_system_is_worse(tmp_path: Path) -> None:
    comparison = compared(tmp_path, Made(seed=2, slower=1.3))
    assert comparison.code == 2
    assert {"committed p50", "committed p99", "mailed p90"} <= set(comparison.worse)


def test_slower_is_let_pass_as_far_as_asked(tmp_path: Path) -> None:
    assert compared(tmp_path, Made(seed=2, slower=1.3), times=0.6).code == 0


def test_faster_system_is_better(tmp_path: Path) -> None:
    comparison = compared(tmp_path, Made(seed=2, slower=0.7))
    assert (comparison.code, meanings(comparison)["mailed p50"]) == (0, "better")


def test_one_stall_alone_is_unclear_unless_strict(tmp_path: Path) -> None:
    stalled = Made(stall=(20, 23))
    comparison = compared(tmp_path, stalled)
    assert (comparison.code, meanings(comparison)["committed p99"]) == (0, "unclear")
    assert compared(tmp_path, stalled, strict=True).code == 2


def test_percentile_that_hangs_on_single_requests_is_not_judged(tmp_path: Path) -> None:
    assert meanings(compared(tmp_path, Made(slower=3)))["committed p99.9"] == "too few"


def test_more_failures_are_worse(tmp_path: Path) -> None:
    comparison = compared(tmp_path, Made(lost=200))
    assert {"share that failed", "committed p99"} & set(comparison.worse) == {"share that failed"}
    assert comparison.code == 2


def test_lower_rate_is_worse(tmp_path: Path) -> None:
    comparison = compared(tmp_path, Made(lost_every=5))
    assert "mailed a second" in comparison.worse
    assert compared(tmp_path, Made(lost_every=30)).rows[-3].meaning == "same"


def test_audit_that_no_longer_is_clean_is_worse(tmp_path: Path) -> None:
    assert compared(tmp_path, Made(audit=AuditSummary(outcome="unaudited"))).worse == ["audit"]


@pytest.mark.parametrize(
    "made,what",
    [
        (Made(conditions={"recording_sha256": "0" * 64}), "recording sha256"),
        (Made(conditions={"host": "other.example.org"}), "host"),
        (Made(conditions={"choices": {"pace": {"kind": "full-speed"}}}), "pace"),
        (Made(warm_up_s=10), "warm-up"),
        (Made(count=2_000), "measured time"),
    ],
    ids=["data", "host", "pace", "warm-up", "length"],
)
def test_unlike_runs_are_not_judged(tmp_path: Path, made: Made, what: str) -> None:
    comparison = compared(tmp_path, made)
    assert (comparison.comparable, comparison.code) == (False, 1)
    assert [each.what for each in comparison.forbidding] == [what]
    assert compared(tmp_path, made, anyway=True).code == 0


def test_other_version_is_told_and_judged(tmp_path: Path) -> None:
    comparison = compared(tmp_path, Made(conditions={"versions": {"ecflink": "1.1.0"}}))
    assert [each.what for each in comparison.telling] == ["versions"]
    assert comparison.comparable


def test_noise_holds_what_runs_of_the_same_system_do(tmp_path: Path) -> None:
    write_run(tmp_path)
    run = read_evidence(tmp_path)
    seconds = measured_seconds(run.result)
    found = noise.middle(noise.resampled_percentiles(run.durations[Stage.COMMITTED], seconds, [99], 1)[:, 0])
    others = []
    for seed in range(2, 12):
        write_run(tmp_path / str(seed), Made(seed=seed))
        others.append(read_evidence(tmp_path / str(seed)).spreads()[Stage.COMMITTED].at(99).ms)
    assert found.low < np.median(others) < found.high
    assert found.low <= run.spreads()[Stage.COMMITTED].at(99).ms <= found.high


def test_blocks_are_enough_from_the_length_that_is_asked_for() -> None:
    assert noise.block_count(SECONDS_MIN) >= noise.BLOCK_COUNT_MIN > noise.block_count(SECONDS_MIN - 1)


def test_share_of_nothing_failed_still_may_be_a_little() -> None:
    low, high = noise.share_interval(0, 1_000)
    assert low == 0
    assert high == pytest.approx(0.0066, abs=0.0002)


def test_command_ends_with_the_code_and_names_what_is_worse(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_run(tmp_path / "a")
    write_run(tmp_path / "b", Made(slower=1.5))
    assert app(["compare", str(tmp_path / "a"), str(tmp_path / "b")], result_action="return_value") == 2
    heard = capsys.readouterr()
    assert "committed p99" in heard.out
    assert "Worse: " in heard.err
