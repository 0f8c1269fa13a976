"""The two commands as they are typed: what they print, where they write, and how they refuse."""

from pathlib import Path

import orjson
import pytest

from services.replay.scenarios.command import generate, scenarios


def test_scenarios_are_listed_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    scenarios(json=True)
    rows = {row["name"]: row for row in orjson.loads(capsys.readouterr().out)}
    assert (rows["nation-in-an-hour"]["links"], rows["nation-in-an-hour"]["mean_per_s"]) == (1_300_000, 361.1)


def test_scenario_is_shown_with_its_comments(capsys: pytest.CaptureFixture[str]) -> None:
    scenarios("smoke")
    assert "# Shares of the links." in capsys.readouterr().out


def test_generate_tells_what_a_clean_ledger_must_show(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    generate("smoke", out=tmp_path / "smoke.jsonl", seed=7)
    out = capsys.readouterr().out
    assert "240 of them requests with an id of their own" in out
    assert "201  Processed\n" in out


def test_accounts_stand_beside_the_recording(tmp_path: Path) -> None:
    generate("smoke", out=tmp_path / "smoke.jsonl.zst")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["smoke.accounts.jsonl", "smoke.jsonl.zst"]


@pytest.mark.parametrize("name", ["smoke.jsonl", "smoke.accounts.jsonl"])
def test_what_is_there_is_not_written_over(tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / name).write_text("mine")
    with pytest.raises(SystemExit) as ended:
        generate("smoke", out=tmp_path / "smoke.jsonl")
    assert ended.value.code == 1
    assert "is there already: name another file, or add --replace" in capsys.readouterr().err
    assert [path.read_text() for path in tmp_path.iterdir()] == ["mine"]


def test_replace_writes_over(tmp_path: Path) -> None:
    for _ in range(2):
        generate("smoke", out=tmp_path / "smoke.jsonl", replace=True)
    assert (tmp_path / "smoke.jsonl").stat().st_size > 100_000


@pytest.mark.parametrize(
    "start, sentence",
    [
        ("tomorrow", "'tomorrow': Input should be a valid datetime"),
        ("2026-11-02T14:00:00", "Input should have timezone info; write it as 2026-11-02T14:00:00Z"),
        ("1066-10-14T09:00:00Z", "Input should be greater than or equal to 1970"),
    ],
    ids=["no-time", "no-zone", "long-ago"],
)
def test_start_that_is_no_instant_is_told(
    tmp_path: Path, start: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        generate("smoke", out=tmp_path / "smoke.jsonl", start=start)
    assert sentence in capsys.readouterr().err


def test_unwritable_place_leaves_nothing_half_done(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        generate("smoke", out=tmp_path / "missing" / "smoke.jsonl")
    assert "no accounts were written" in capsys.readouterr().err
