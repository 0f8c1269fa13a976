"""The histogram log read back: any stretch sums up to what the measurement itself found."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.replay.measure.stages import Stage
from services.replay.outcome import Unusable
from services.replay.report.durations import read_durations
from services.replay.report.evidence import read_evidence
from tests.unit.replay.report.runs import Made, write_run


def test_measured_window_has_the_percentiles_of_the_result(tmp_path: Path) -> None:
    result = write_run(tmp_path, Made(lost=90))
    spreads = read_evidence(tmp_path).spreads()
    for stage, figures in result.stages.items():
        for percent, name in ((50, "p50"), (99, "p99"), (99.9, "p99.9")):
            found = spreads[stage].at(percent)
            assert found.at_least == figures.percentiles[name].at_least
            assert found.ms == pytest.approx(figures.percentiles[name].ms, rel=0.001)


def test_seconds_add_up_to_the_whole(tmp_path: Path) -> None:
    write_run(tmp_path)
    mailed = read_durations(tmp_path)[Stage.MAILED]
    parts = [mailed.within(second, second + 1).every for second in range(100)]
    whole = mailed.within(0, 100).every
    assert sum(part.total for part in parts) == whole.total == 6_000
    assert np.array_equal(np.sum([part.counts for part in parts], axis=0), whole.counts)


def test_warm_up_is_in_no_measured_figure(tmp_path: Path) -> None:
    write_run(tmp_path, Made(count=1_000, per_s=100, warm_up_s=4))
    assert read_evidence(tmp_path).spreads()[Stage.COMMITTED].every.total == 600


def test_folder_without_a_log_is_refused_in_words(tmp_path: Path) -> None:
    write_run(tmp_path)
    (tmp_path / "latency.hlog").unlink()
    with pytest.raises(Unusable, match=r"latency\.hlog cannot be read"):
        read_evidence(tmp_path)


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kept=st.integers(1, 1_000))
def test_log_cut_off_anywhere_is_refused_in_words(tmp_path: Path, kept: int) -> None:
    write_run(tmp_path, Made(count=600))
    log = tmp_path / "latency.hlog"
    log.write_bytes(log.read_bytes()[: log.stat().st_size * kept // 1_001])
    with pytest.raises(Unusable, match=r"not a whole histogram log|cut off"):
        read_evidence(tmp_path)


def test_log_of_another_run_is_refused(tmp_path: Path) -> None:
    write_run(tmp_path, Made(count=700))
    log = (tmp_path / "latency.hlog").read_bytes()
    write_run(tmp_path)
    (tmp_path / "latency.hlog").write_bytes(log)
    with pytest.raises(Unusable, match=r"does not belong to the run\.json beside it"):
        read_evidence(tmp_path)
