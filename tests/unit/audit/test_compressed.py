"""Compressed files: a secret inside one that can be opened is found, and one that cannot be is never called clean."""

import bz2
import gzip
import lzma
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from services.audit.canaries import Canary, Search
from services.audit.files import Unreadable, content
from services.audit.hunt import in_files

SECRET = "a-secret-that-was-planted"
SEARCH = Search([Canary(1, SECRET)])
HELD = b"x" * 100_000 + SECRET.encode()
OPENED: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "lzma": partial(lzma.compress, format=lzma.FORMAT_ALONE),
}
CLOSED = {
    "zstd": bytes.fromhex("28b52ffd"),
    "zstd behind a frame to skip": bytes.fromhex("5d2a4d1804000000"),
    "lz4": bytes.fromhex("04224d18"),
    "compress": bytes.fromhex("1f9d90"),
    "zip": b"PK\x03\x04",
    "7z": bytes.fromhex("377abcaf271c"),
    "lzop": b"\x89LZO\x00\r\n\x1a\n",
    "snappy": b"\xff\x06\x00\x00sNaPpY",
    "tar": bytes(257) + b"ustar\x0000",
    "pg_dump": b"PGDMP\x01",
    "systemd journal": b"LPKSHHRH",
}


@pytest.mark.parametrize("form", OPENED)
def test_secret_in_a_compressed_file_is_found_whatever_its_name(tmp_path: Path, form: str) -> None:
    (tmp_path / "dump").write_bytes(OPENED[form](HELD))
    assert [found.canary.number for found in in_files(SEARCH, "in a dump", [tmp_path]).found] == [1]


@pytest.mark.parametrize("form", CLOSED)
def test_file_that_cannot_be_opened_is_named_with_what_to_do(tmp_path: Path, form: str) -> None:
    (tmp_path / "dump").write_bytes(CLOSED[form] + HELD)
    searched = in_files(SEARCH, "in a dump", [tmp_path])
    (told,) = searched.unread
    assert (str(tmp_path / "dump") in told, "run the audit again" in told) == (True, True)
    assert searched.count == 0


@pytest.mark.parametrize("inner", [*CLOSED.values(), gzip.compress(HELD, mtime=0)], ids=[*CLOSED, "gzip"])
def test_what_is_inside_a_compressed_file_is_looked_at_as_well(tmp_path: Path, inner: bytes) -> None:
    (tmp_path / "dump").write_bytes(gzip.compress(inner))
    with pytest.raises(Unreadable, match="run the audit again"):
        list(content(tmp_path / "dump"))


@pytest.mark.parametrize("pack", OPENED.values(), ids=list(OPENED))
@pytest.mark.parametrize(
    "harm", [lambda packed: packed[:-20], lambda packed: packed[:40] + bytes(40)], ids=["cut", "bad"]
)
def test_damaged_file_is_not_taken_for_clean(
    tmp_path: Path, pack: Callable[[bytes], bytes], harm: Callable[[bytes], bytes]
) -> None:
    (tmp_path / "dump").write_bytes(harm(pack(HELD)))
    with pytest.raises(Unreadable):
        list(content(tmp_path / "dump"))


def test_plain_file_with_the_name_of_a_compressed_one_is_searched_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "core.gz").write_bytes(HELD)
    assert [found.place for found in in_files(SEARCH, "in a dump", [tmp_path]).found] == ["core.gz"]


def test_file_that_cannot_be_opened_keeps_no_other_from_being_searched(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(CLOSED["zstd"])
    (tmp_path / "b").write_bytes(HELD)
    searched = in_files(SEARCH, "in a dump", [tmp_path])
    assert (len(searched.unread), [found.place for found in searched.found]) == (1, ["b"])
