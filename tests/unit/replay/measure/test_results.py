"""run.json: comes back as it was, and what is none is told."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.replay.measure.assessing import assess
from services.replay.measure.results import AuditSummary, Conditions, RunResult, load_result, save_result
from services.replay.measure.slo import Slo
from services.replay.measure.verdict import Facts, decide
from services.replay.outcome import Unusable
from tests.unit.replay.measure.arrays import layout, run

MOMENT = datetime(2026, 11, 2, 18, 0, tzinfo=UTC)


def result() -> RunResult:
    timings, audit = run(50), AuditSummary(outcome="clean")
    found = assess(layout(timings), timings)
    verdict = decide(Facts(*found, audit=audit), Slo())
    conditions = Conditions(run_id="r1", started_at=MOMENT, ended_at=MOMENT)
    return RunResult(conditions=conditions, audit=audit, verdict=verdict, **found._asdict())


def test_result_comes_back_as_it_was(tmp_path: Path) -> None:
    save_result(tmp_path, result())
    assert load_result(tmp_path) == load_result(tmp_path / "run.json") == result()


def test_result_of_a_later_version_is_refused_in_words(tmp_path: Path) -> None:
    path = save_result(tmp_path, result())
    path.write_text(path.read_text().replace('"version": 1', '"version": 2'))
    with pytest.raises(Unusable, match="is not the result of a run"):
        load_result(tmp_path)


def test_folder_without_a_result_is_named(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="give the folder of a run"):
        load_result(tmp_path)
