"""What is asked of a run: which stage it waits for, by what it is judged, where its results go."""

from pathlib import Path

import pytest

from services.replay.measure.stages import Stage
from services.replay.outcome import Unusable
from services.replay.plan.choices import Choices, chosen
from services.replay.run.options import RunOptions


def choices(**given: object) -> Choices:
    return chosen(**({"run_id": "r"} | given))


def slo_file(folder: Path, text: str) -> Path:
    path = folder / "slo.toml"
    path.write_text(text)
    return path


def test_what_is_no_link_request_is_waited_for_at_the_broker() -> None:
    options = RunOptions()
    limits = options.limits(choices(topics={"orders": "orders"}), options.judged_by())
    assert limits.last is Stage.ACKNOWLEDGED


def test_a_threshold_on_a_stage_that_is_not_waited_for_is_refused(tmp_path: Path) -> None:
    options = RunOptions(wait_for=Stage.COMMITTED, slo=slo_file(tmp_path, 'mailed.p99 = "5s"'))
    with pytest.raises(Unusable, match="--wait-for"):
        options.limits(choices(), options.judged_by())


def test_the_generators_budget_is_the_slo_files(tmp_path: Path) -> None:
    options = RunOptions(slo=slo_file(tmp_path, 'generator_budget = "3ms"'))
    assert options.limits(choices(), options.judged_by()).budget_ms == 3


def test_at_full_speed_no_instant_was_intended() -> None:
    options = RunOptions()
    assert not options.limits(choices(pace={"kind": "full-speed"}), options.judged_by()).scheduled


def test_results_are_never_written_over(tmp_path: Path) -> None:
    (tmp_path / "run.json").touch()
    with pytest.raises(Unusable, match="not empty"):
        RunOptions(output=tmp_path).folder(choices())


def test_a_condition_that_cannot_be_is_told_before_anything_is_sent() -> None:
    with pytest.raises(Unusable, match="--abort-on"):
        RunOptions(abort_on=("lag > often",)).abort()
