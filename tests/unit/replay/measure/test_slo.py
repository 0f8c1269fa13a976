"""SLO files: what they can say, and how their faults are told."""

from pathlib import Path

import pytest

from services.replay.measure.slo import Slo, Threshold, load_slo
from services.replay.measure.stages import Stage
from services.replay.outcome import Unusable

GOOD = """
committed.p99 = "500ms"
committed."p99.9" = "2s"
failure_share_max = "0.1%"
achieved_share_min = 0.99
audit = true
generator_budget = "5ms"
[end_to_end]
p9999 = "1m"
max = "2m"
"""
BAD = {
    "a stage that is none": (
        'posted.p99 = "1s"',
        "posted: is no stage: the stages are acknowledged, committed, mailed",
    ),
    "a percentile that is none": ('committed.p98 = "1s"', "committed: p98 is no percentile: known are p50"),
    "a percentile without quotes": ('committed.p99.9 = "1s"', 'stands in quotes: committed."p99.9"'),
    "a duration without a unit": ("committed.p99 = 500", 'committed: 500 is not a duration: write "250ms"'),
    "a stage without a percentile": ('mailed = "1s"', "mailed: says which percentile"),
    "a share beyond the whole": ("failure_share_max = 3", "failure_share_max: 3 is not a share"),
    "a key that is none": ("retries = 3", "retries: is not known: known are <stage>.<percentile>"),
    "an audit that is no yes": ('audit = "yes"', "audit: is not known"),
    "no TOML": ("committed.p99 500ms", "is not TOML"),
    "both forms of a key": ('committed.p99 = "1s"\ncommitted.p99.9 = "2s"', 'stands in quotes: committed."p99.9"'),
}


def file(folder: Path, content: str) -> Path:
    path = folder / "slo.toml"
    path.write_text(content, encoding="utf-8")
    return path


def test_every_threshold_is_read(tmp_path: Path) -> None:
    slo = load_slo(file(tmp_path, GOOD))
    assert slo == Slo(
        thresholds=(
            Threshold(stage=Stage.COMMITTED, percentile="p99", ms_max=500),
            Threshold(stage=Stage.COMMITTED, percentile="p99.9", ms_max=2_000),
            Threshold(stage=Stage.MAILED, percentile="p99.99", ms_max=60_000),
            Threshold(stage=Stage.MAILED, percentile="max", ms_max=120_000),
        ),
        failure_share_max=0.001,
        achieved_share_min=0.99,
        audit=True,
        budget_ms=5,
    )
    assert slo.last is Stage.MAILED


@pytest.mark.parametrize("what", BAD)
def test_faults_are_told_in_words(tmp_path: Path, what: str) -> None:
    content, told = BAD[what]
    with pytest.raises(Unusable) as caught:
        load_slo(file(tmp_path, content))
    assert told in str(caught.value)


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(Unusable) as caught:
        load_slo(file(tmp_path, 'posted.p99 = "1s"\nretries = 3'))
    assert "posted: " in str(caught.value)
    assert "retries: " in str(caught.value)


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="No such file"):
        load_slo(tmp_path / "none.toml")
