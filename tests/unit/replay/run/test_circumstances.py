"""What a result keeps of its circumstances: clocks that disagree, faults that somebody wrote down."""

from pathlib import Path

from services.replay.run.circumstances import FAULTS, clock_check, faults

START_S = 1_790_000_000.0


def test_faults_are_told_in_seconds_from_the_start(tmp_path: Path) -> None:
    (tmp_path / FAULTS).write_text(
        '{"at": "2026-09-21T14:13:30Z", "what": "linker killed"}\n'
        "no JSON\n"
        '{"at": "2026-09-21T14:13:25+00:00", "what": "broker frozen"}\n'
    )
    assert [(fault.at_s, fault.what) for fault in faults(tmp_path, START_S)] == [
        (5.0, "broker frozen"),
        (10.0, "linker killed"),
    ]


def test_a_run_without_faults_has_none(tmp_path: Path) -> None:
    assert faults(tmp_path, START_S) == []


def test_a_stamp_from_the_future_is_told() -> None:
    assert clock_check({"committed": 0.4, "mailed": -0.9}).warnings == []
    assert len(clock_check({"committed": -40.0}).warnings) == 1
