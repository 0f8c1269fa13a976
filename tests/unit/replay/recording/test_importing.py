"""Recordings from kcat's lines, from Parquet, from damaged files, and back."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings

from services.replay.outcome import Unusable
from services.replay.recording.command import export, import_
from services.replay.recording.importing import form_of
from services.replay.recording.kcat import from_kcat, to_kcat
from services.replay.recording.manifest import NOT_SEARCHED, Draft
from services.replay.recording.reading import Recording
from services.replay.recording.record import Recorded
from services.replay.recording.writing import RecordingWriter
from tests.unit.replay.recording.disks import room_for
from tests.unit.replay.recording.records import bulky, plain, records

ODD = [
    plain(0),
    plain(1)._replace(key=None, value=None),
    plain(2)._replace(key=b"\xff\x00", headers=(("h", None), ("h", b"\xfe"), ("h", b""))),
    plain(3, value=b"null"),
    plain(4)._replace(timestamp_type="append", timestamp_ms=-1, headers=()),
    plain(5, value=b""),
]


def _recording(path: Path, made: list[Recorded]) -> Path:
    with RecordingWriter(path, Draft(cluster_id="c1")) as writer:
        writer.write(made)
    return path


def _read(path: Path) -> list[Recorded]:
    return [record for batch in Recording.open(path).batches() for record in batch]


@settings(deadline=None)
@given(record=records)
def test_record_comes_back_from_a_line_of_kcat(record: Recorded) -> None:
    assert from_kcat(to_kcat(record)) == record


# In the form of kcat 1.7.1.
_KCAT = (
    rb'{"topic":"link-requests-v1","partition":2,"offset":7,"tstype":"create","ts":1762100000000,"broker":1,'
    rb'"headers":["a","1","a",null],"key":"UTBK:1\u0001","payload":"{\"n\":1}"}'
)


def test_line_of_kcat_is_read() -> None:
    wanted = Recorded(
        "link-requests-v1", 2, 7, 1762100000000, "create", b"UTBK:1\x01", (("a", b"1"), ("a", None)), b'{"n":1}'
    )
    assert from_kcat(_KCAT) == wanted


def test_line_of_kcat_without_headers_and_time_is_read() -> None:
    record = from_kcat(b'{"topic":"t","partition":0,"offset":0,"broker":1,"key":null,"payload":null}')
    assert (record.timestamp_ms, record.headers, record.key, record.value) == (-1, (), None, None)


@pytest.mark.parametrize(
    "line,says",
    [
        (b'{"partition":0,"offset":0,"payload":"x"}', "topic is missing"),
        (b'{"topic":"t","partition":0,"offset":0,"payload":{"a":1}}', "kcat decoded it"),
        (b'{"topic":"t","partition":0,"offset":0,"headers":["a"],"payload":"x"}', "in turn"),
        (b"[]", "not a JSON object"),
        (b'{"topic":"t","partition":-1,"offset":0,"payload":"x"}', "partition is missing or not a whole number"),
        (b'{"topic":"t","partition":0,"offset":"7","payload":"x"}', "offset is missing or not a whole number"),
        (b'{"topic":"t","partition":0,"offset":0,"headers":["\xff","1"],"payload":"x"}', "not UTF-8"),
    ],
    ids=["topic", "avro", "headers", "list", "partition", "offset", "header name"],
)
def test_line_that_kcat_does_not_write_is_told(line: bytes, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        from_kcat(line)


@pytest.mark.parametrize("form", ["kcat", "parquet"])
def test_recording_goes_to_another_form_and_back(form: str, tmp_path: Path) -> None:
    source = _recording(tmp_path / "a.jsonl.zst", ODD)
    export(source, tmp_path / "other", form=form)  # type: ignore[arg-type]  # one of the two
    import_(tmp_path / "other", tmp_path / "b.jsonl.gz")
    assert _read(tmp_path / "b.jsonl.gz") == ODD


def test_recording_changes_its_compression_and_keeps_its_source(tmp_path: Path) -> None:
    import_(_recording(tmp_path / "a.jsonl", ODD), tmp_path / "b.jsonl.zst")
    before, after = Recording.open(tmp_path / "a.jsonl").manifest, Recording.open(tmp_path / "b.jsonl.zst").manifest
    assert (after.body_sha256, after.cluster_id) == (before.body_sha256, "c1")


def test_form_is_told_by_the_first_line(tmp_path: Path) -> None:
    (tmp_path / "k").write_bytes(_KCAT + b"\n")
    (tmp_path / "l").write_bytes(b'{"topic":"t","value":1}\n')
    assert [form_of(tmp_path / name) for name in "kl"] == ["kcat", "lines"]
    assert form_of(_recording(tmp_path / "r.jsonl", [])) == "recording"


@pytest.mark.parametrize("count", [1, 2])
def test_last_line_without_its_newline_is_read(count: int, tmp_path: Path) -> None:
    (tmp_path / "k").write_bytes(b"\n".join([_KCAT] * count))
    import_(tmp_path / "k", tmp_path / "b.jsonl")
    assert len(_read(tmp_path / "b.jsonl")) == count


def test_last_line_that_is_cut_off_is_refused_and_with_salvage_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "k").write_bytes(_KCAT + b"\n" + _KCAT[:50])
    with pytest.raises(SystemExit, match="1"):
        import_(tmp_path / "k", tmp_path / "a.jsonl")
    import_(tmp_path / "k", tmp_path / "b.jsonl", salvage=True)
    assert capsys.readouterr().err.count("line 2 cannot be read") == 2
    assert Recording.open(tmp_path / "b.jsonl").manifest.notes["salvaged"] == "1 lines were lost"


@pytest.mark.parametrize("salvage,note", [(False, "none of 9"), (True, NOT_SEARCHED)], ids=["as it is", "salvaged"])
def test_salvaged_recording_does_not_say_that_it_was_searched(*, salvage: bool, note: str, tmp_path: Path) -> None:
    with RecordingWriter(tmp_path / "a.jsonl", Draft(redaction="keyed", notes={"canary": "none of 9"})) as writer:
        writer.write(ODD)
    import_(tmp_path / "a.jsonl", tmp_path / "b.jsonl", salvage=salvage)
    assert Recording.open(tmp_path / "b.jsonl").manifest.notes["canary"] == note


@pytest.mark.parametrize("form", ["kcat", "parquet"])
def test_only_the_owner_can_read_an_export(form: str, tmp_path: Path) -> None:
    export(_recording(tmp_path / "a.jsonl", ODD), tmp_path / "other", form=form)  # type: ignore[arg-type]  # as above
    assert (tmp_path / "other").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("form,says", [("kcat", "records were written"), ("parquet", "Nothing was kept")])
def test_full_disk_under_an_export_is_told(
    form: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = _recording(tmp_path / "a.jsonl", bulky(100))
    with room_for(100_000), pytest.raises(SystemExit, match="1"):
        export(source, tmp_path / "other", form=form)  # type: ignore[arg-type]  # as above
    assert says in capsys.readouterr().err


@pytest.mark.parametrize("suffix", [".jsonl", ".jsonl.gz", ".jsonl.zst"])
def test_truncated_recording_is_salvaged(suffix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = bulky(600)
    path = _recording(tmp_path / f"a{suffix}", made)
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - 500)
    import_(path, tmp_path / "b.jsonl", salvage=True)
    kept = _read(tmp_path / "b.jsonl")
    assert 150 < len(kept) < len(made)
    assert kept == made[: len(kept)]
    assert f"{len(kept)} of its 600 records could be read" in capsys.readouterr().err


def test_salvage_skips_a_line_that_cannot_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = _recording(tmp_path / "a.jsonl", ODD[:3])
    path.write_bytes(path.read_bytes().replace(b'"offset":1', b'"offset":?'))
    import_(path, tmp_path / "b.jsonl", salvage=True)
    assert _read(tmp_path / "b.jsonl") == [ODD[0], ODD[2]]
    assert "line 3 cannot be read" in capsys.readouterr().err


def test_line_that_cannot_be_read_is_refused_without_salvage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "k").write_bytes(_KCAT + b"\n{oops\n")
    with pytest.raises(SystemExit, match="1"):
        import_(tmp_path / "k", tmp_path / "b.jsonl")
    assert "line 2 cannot be read" in capsys.readouterr().err


def test_parquet_of_another_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "p").write_bytes(b"PAR1 and nothing more")
    with pytest.raises(SystemExit, match="1"):
        import_(tmp_path / "p", tmp_path / "b.jsonl")


def test_line_of_kcat_is_what_jq_reads() -> None:
    assert json.loads(to_kcat(ODD[0]))["headers"] == ["h", "v"]


def test_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="cannot be read"):
        form_of(tmp_path / "none")
