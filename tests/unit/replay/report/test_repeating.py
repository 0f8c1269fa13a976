"""The command that repeats a run makes the very choices that the run had."""

import dataclasses
import shlex
from pathlib import Path
from typing import Any

import pytest
from cyclopts import App

from services.replay.measure.stages import Stage
from services.replay.plan.choices import Choices
from services.replay.plan.options import PlayOptions
from services.replay.report import repeating
from tests.unit.replay.report.runs import Made, write_run

_CHOICES: dict[str, dict[str, Any]] = {
    "plain": {},
    "sped up": {"pace": {"kind": "original", "speed": 20.125, "pause_s_max": 2.5}},
    "full speed": {"pace": {"kind": "full-speed"}},
    "steady": {"pace": {"kind": "steady", "per_s": 1_250_000}},
    "poisson": {"pace": {"kind": "poisson", "per_s": 0.000_012_5}, "seed": 7},
    "ramp": {"pace": {"kind": "ramp", "from_per_s": 10, "to_per_s": 500, "over_s": 300}},
    "steps": {"pace": {"kind": "step", "levels": [(100, 60), (0, 0.5)]}},
    "spike": {"pace": {"kind": "spike", "base_per_s": 50, "peak_per_s": 800, "at_s": 120, "for_s": 30}},
    "storm": {"loops": 2, "ids": "keep", "times": "now", "spread": "preserve", "for_s": 3600.5},
    "topics": {"topics": {"a": "b", "c": "c"}, "id_fields": ("order id",), "time_fields": ("at", "until")},
    "headers": {"headers": {"keep": ("x-*",), "drop": ("y",), "put": (("z", "a=b c"),)}},
}


@pytest.mark.parametrize("given", _CHOICES.values(), ids=_CHOICES)
def test_command_line_makes_the_same_choices(given: dict[str, Any]) -> None:
    choices = Choices.model_validate({"run_id": "r", **given})
    assert _read([*repeating.options(choices), "--run-id", "r"]) == choices


def _read(words: list[str]) -> Choices:
    app, read = App(), list[PlayOptions]()

    @app.default
    def take(*, options: PlayOptions = PlayOptions()) -> None:  # noqa: B008
        read.append(options)

    app(words, result_action="return_value")
    assert all(dataclasses.is_dataclass(each) for each in read)
    return read[0].choices()


def test_whole_command_names_recording_and_warm_up(tmp_path: Path) -> None:
    command = repeating.command(write_run(tmp_path, Made(conditions={"recording": "a day.jsonl"})))
    assert command is not None
    assert shlex.split(command)[3:] == [
        "a day.jsonl", "--profile", "replay.toml", "--rate", "100", "--seed", "1", "--warm-up", "5",
    ]  # fmt: skip


def test_command_names_what_was_waited_for(tmp_path: Path) -> None:
    result = write_run(tmp_path, Made(drain_limit_s=7.5, last=Stage.COMMITTED, conditions={"workers": 2}))
    command = repeating.command(result)
    assert command is not None
    assert command.endswith("--drain 7.5 --wait-for committed --workers 2")


def test_choices_of_another_version_have_no_command(tmp_path: Path) -> None:
    assert repeating.command(write_run(tmp_path, Made(conditions={"choices": {"pace": {"kind": "warp"}}}))) is None
