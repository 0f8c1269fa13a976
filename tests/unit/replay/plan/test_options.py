"""The command line's options, and the plan that the command prints."""

from pathlib import Path

import orjson
import pytest
from cyclopts import App

from services.replay.outcome import Unusable
from services.replay.plan.command import plan
from services.replay.plan.options import PlayOptions
from services.replay.plan.paces import Level, Original, Ramp, Spike, Step
from services.replay.plan.periods import seconds
from tests.unit.replay.plan.recorded import Held, recorded

_NO_OPTIONS = PlayOptions()


def _parsed(*words: str) -> PlayOptions:
    app = App(result_action="return_value")

    @app.default
    def taken(*, options: PlayOptions = _NO_OPTIONS) -> PlayOptions:
        return options

    found: PlayOptions = app(list(words), exit_on_error=False)
    return found


@pytest.mark.parametrize(
    "words, pace",
    [
        ("", Original()),
        ("--speed 20 --pause-max 1.5m", Original(speed=20, pause_s_max=90)),
        ("--ramp 10:500:5m", Ramp(from_per_s=10, to_per_s=500, over_s=300)),
        ("--step 100x1m,0x10s,200x2", Step(levels=(Level(100, 60), Level(0, 10), Level(200, 2)))),
        ("--spike 50:800:2m:30s", Spike(base_per_s=50, peak_per_s=800, at_s=120, for_s=30)),
    ],
    ids=["default", "speed", "ramp", "step", "spike"],
)
def test_pace_is_taken_from_words(words: str, pace: object) -> None:
    assert _parsed(*words.split()).choices().pace == pace


def test_everything_else_is_taken_from_words() -> None:
    words = (
        "--rate 5 --for 2h --loops 3 --ids keep --times now --spread preserve --topic a=b --topic c --seed 7 --run-id r"
    )
    asked = _parsed(*words.split(), "--header-set", "x=y=z", "--header-keep", "x-*", "--id-field", "order_id").choices()
    assert (asked.for_s, asked.loops, asked.ids, asked.times) == (7200, 3, "keep", "now")
    assert (asked.spread, asked.topics, asked.seed, asked.run_id) == ("preserve", {"a": "b", "c": "c"}, 7, "r")
    assert (asked.headers.put, asked.headers.keep, asked.id_fields) == ((("x", "y=z"),), ("x-*",), ("order_id",))


@pytest.mark.parametrize(
    "words, told",
    [
        ("--speed 2000", "speed: Input should be less than or equal to 1000"),
        ("--rate 5 --full-speed", "--full-speed and --rate exclude each other"),
        ("--rate 5 --pause-max 3", "cannot go with --rate"),
        ("--rate 0", "per_s"),
        ("--ramp 1:2", "write FROM:TO:OVER"),
        ("--step 1x", "--step: '' is no period"),
        ("--step 0x5", "nothing would be sent"),
        ("--spike a:1:2:3", "'a' is no rate"),
        ("--loops 0", "loops"),
        ("--run-id a/b", "run_id"),
        ("--header-set x", "write NAME=VALUE"),
    ],
    ids=lambda text: text.split()[-1] if text.startswith("--") else None,
)
def test_what_cannot_be_is_said_in_words(words: str, told: str) -> None:
    with pytest.raises(Unusable, match=told):
        _parsed(*words.split()).choices()


def test_two_runs_have_two_names() -> None:
    assert PlayOptions().choices().run_id != PlayOptions().choices().run_id


@pytest.mark.parametrize("text, expected", [("90", 90), ("1.5h", 5400), ("250ms", 0.25), ("2d", 172_800)])
def test_period_has_units(text: str, expected: float) -> None:
    assert seconds(text) == expected


def test_plan_prints_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Held([recorded(number, after_ms=number * 100) for number in range(9)], tmp_path / "held.jsonl")
    assert plan(tmp_path / "held.jsonl", options=PlayOptions(speed=2, run_id="r")) == 0
    told = capsys.readouterr().out
    assert "played      9 records of link-requests-v1 in 1 loop\n" in told
    assert "duration    0.400 s" in told
    assert "partitions  link-requests-v1 0: " in told


def test_plan_prints_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Held([recorded()], tmp_path / "held.jsonl")
    plan(tmp_path / "held.jsonl", options=PlayOptions(run_id="r"), partitions=3, json=True)
    told = orjson.loads(capsys.readouterr().out)
    assert (told["count"], told["choices"]["run_id"]) == (1, "r")


def test_plan_of_an_edited_recording_ends_with_code_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "held.jsonl"
    Held([recorded()], path)
    path.write_bytes(path.read_bytes().replace(b"Ejemplo", b"Exemple", 1))
    with pytest.raises(SystemExit) as ended:
        plan(path)
    assert ended.value.code == 1
    assert "was changed" in capsys.readouterr().err
