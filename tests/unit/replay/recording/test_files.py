"""Recordings on the disk: whole ones come back, any other is refused with what was good and how to go on."""

import gzip
import json
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.replay.outcome import Unusable
from services.replay.recording.manifest import Draft, Manifest
from services.replay.recording.reading import Recording, manifest_of
from services.replay.recording.record import Recorded
from services.replay.recording.writing import BLOCK_BYTES, RecordingWriter, Stopped
from tests.unit.replay.recording.disks import room_for
from tests.unit.replay.recording.records import bulky, plain, records

SUFFIXES = (".jsonl", ".jsonl.gz", ".jsonl.zst")
each_suffix = pytest.mark.parametrize("suffix", SUFFIXES)


def _written(path: Path, given: list[Recorded], *, batch: int = 100, replace: bool = False) -> Manifest:
    with RecordingWriter(path, Draft(), replace=replace) as writer:
        for start in range(0, len(given), batch):
            writer.write(given[start : start + batch])
        return writer.close()


def _read(path: Path) -> list[Recorded]:
    return [record for batch in Recording.open(path).batches() for record in batch]


@each_suffix
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(made=st.lists(records, max_size=5))
def test_recording_comes_back_as_it_was(made: list[Recorded], suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"r{suffix}"
    _written(path, made, replace=True)
    assert _read(path) == made


@each_suffix
def test_values_larger_than_a_block_come_back(suffix: str, tmp_path: Path) -> None:
    made = [plain(number, value=b"\xff" * (BLOCK_BYTES // 2)) for number in range(3)]
    _written(tmp_path / f"r{suffix}", [*made, *map(plain, range(10))])
    assert _read(tmp_path / f"r{suffix}") == [*made, *map(plain, range(10))]


@each_suffix
def test_same_records_make_the_same_bytes_however_they_are_given(suffix: str, tmp_path: Path) -> None:
    made = [plain(number, value=b'"%s"' % (b"x" * 3_000)) for number in range(3_000)]
    _written(tmp_path / f"a{suffix}", made, batch=7)
    _written(tmp_path / f"b{suffix}", made, batch=1_000)
    assert (tmp_path / f"a{suffix}").read_bytes() == (tmp_path / f"b{suffix}").read_bytes()


def test_digest_is_the_same_in_every_compression(tmp_path: Path) -> None:
    manifests = [_written(tmp_path / f"r{suffix}", [*map(plain, range(500))]) for suffix in SUFFIXES]
    assert manifests[0] == manifests[1] == manifests[2]


@pytest.mark.parametrize("suffix,program", [(".jsonl.gz", "zcat"), (".jsonl.zst", "zstd -dc"), (".jsonl", "cat")])
def test_ordinary_programs_read_it(suffix: str, program: str, tmp_path: Path) -> None:
    _written(tmp_path / f"r{suffix}", [*map(plain, range(5))])
    try:
        output = subprocess.run([*program.split(), tmp_path / f"r{suffix}"], check=True, capture_output=True).stdout
    except FileNotFoundError:
        pytest.skip(f"{program} is not installed")
    lines = [json.loads(line) for line in output.splitlines()]
    assert lines[0]["count"] == len(lines) - 1 == 5


def test_manifest_counts_what_is_in_it(tmp_path: Path) -> None:
    made = [plain(0), plain(1, partition=2), plain(2, topic="u"), plain(3)._replace(value=None)]
    manifest = _written(tmp_path / "r.jsonl", made)
    assert (manifest.count, manifest.first_ms, manifest.last_ms) == (4, 1_000, 1_003)
    assert manifest.topics["t"].model_dump() == {"partition_count": 3, "count": 3, "value_bytes": 14}
    assert manifest_of(tmp_path / "r.jsonl") == manifest


@each_suffix
def test_recorder_that_was_killed_leaves_a_file_that_says_so(suffix: str, tmp_path: Path) -> None:
    writer = RecordingWriter(tmp_path / f"r{suffix}", Draft())
    writer.write([plain(1)])
    writer.abandon()
    with pytest.raises(Unusable, match=r"not complete.*--salvage"):
        Recording.open(tmp_path / f"r{suffix}")


def test_error_in_the_block_leaves_it_incomplete(tmp_path: Path) -> None:
    with suppress(KeyboardInterrupt), RecordingWriter(tmp_path / "r.jsonl", Draft()) as writer:
        writer.write([plain(1)])
        raise KeyboardInterrupt
    assert not manifest_of(tmp_path / "r.jsonl").complete


@each_suffix
def test_truncated_file_is_told(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"r{suffix}"
    _written(path, [*map(plain, range(1_000))])
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - 40)
    with pytest.raises(Unusable, match=r"(cut off|damaged).*of 1,000 records were read.*--salvage"):
        _read(path)


def test_edited_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    _written(path, [*map(plain, range(1_000))])
    path.write_bytes(path.read_bytes().replace(b'{"n":500}', b'{"n":501}'))
    with pytest.raises(Unusable, match="was changed after it was recorded"):
        _read(path)


def test_line_that_is_no_record_is_named_with_what_was_good(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    _written(path, [*map(plain, range(10))])
    path.write_bytes(path.read_bytes().replace(b'"offset":7', b'"offset":-'))
    with pytest.raises(Unusable, match=r"line 9 cannot be read.*7 of 10 records"):
        _read(path)


@pytest.mark.parametrize(
    "old,new,says",
    [(b'"version":1', b'"version":2', "version 2"), (b'"format":"e', b'"format":"x', "not a manifest")],
    ids=["version", "format"],
)
def test_file_of_another_kind_is_refused(old: bytes, new: bytes, says: str, tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    _written(path, [plain(1)])
    path.write_bytes(path.read_bytes().replace(old, new))
    with pytest.raises(Unusable, match=says):
        Recording.open(path)


@pytest.mark.parametrize("content", [b"", b"no line", b"{}\n", b"\x1f\x8bnope", b"\x28\xb5\x2f\xfdnope"], ids=repr)
def test_file_that_is_no_recording_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "r.jsonl").write_bytes(content)
    with pytest.raises(Unusable, match="not a recording that can be read"):
        Recording.open(tmp_path / "r.jsonl")


def test_file_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "r.jsonl").touch()
    with pytest.raises(Unusable, match="there already"):
        RecordingWriter(tmp_path / "r.jsonl", Draft())


def test_only_the_owner_can_read_a_recording(tmp_path: Path) -> None:
    _written(tmp_path / "r.jsonl", [])
    assert (tmp_path / "r.jsonl").stat().st_mode & 0o077 == 0


@each_suffix
@pytest.mark.parametrize("count", [800, 480], ids=["further blocks are large", "the last block would fit"])
def test_full_disk_leaves_a_valid_recording_of_what_was_written(count: int, suffix: str, tmp_path: Path) -> None:
    path, made = tmp_path / f"r{suffix}", bulky(count)
    with room_for(9_000_000), pytest.raises(Stopped, match=r"File too large.*records were kept"):
        _written(path, made)
    kept = _read(path)
    assert 0 < len(kept) < len(made)
    assert kept == made[: len(kept)]


@each_suffix
def test_disk_that_is_full_from_the_start_leaves_no_file(suffix: str, tmp_path: Path) -> None:
    with room_for(100), pytest.raises(Stopped, match=r"File too large.*No file was made"):
        RecordingWriter(tmp_path / f"r{suffix}", Draft())
    assert not (tmp_path / f"r{suffix}").exists()


@pytest.mark.parametrize("read_bytes", [1, -1], ids=["first member", "last member"])
def test_gzip_has_no_time(read_bytes: int, tmp_path: Path) -> None:
    _written(tmp_path / "r.jsonl.gz", [plain(1)])
    with gzip.open(tmp_path / "r.jsonl.gz") as file:
        file.read(read_bytes)
        assert file.mtime == 0
