"""A planted secret is found in each of its forms, across seams, and in files of each kind; and never shown."""

import base64
import gzip
import html
import json
import os
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.audit.canaries import BadCanaries, Canary, Search, read_canaries
from services.audit.files import Unreadable, content, full_pages, memory, payload, segments, under

SECRET = 'Päss "word"/+&1'
SEARCH = Search([Canary(1, SECRET), Canary(2, "another-secret")])
RAW = SECRET.encode()
FORMS: dict[str, bytes] = {
    "as it is": RAW,
    "base64": base64.b64encode(RAW),
    "base64 after one byte": base64.b64encode(b"x" + RAW + b"tail"),
    "base64 after two bytes": base64.urlsafe_b64encode(b"xy" + RAW + b"t"),
    "percent": quote(SECRET, safe="").encode(),
    "percent in small letters": quote(SECRET, safe="").lower().encode(),
    "form": quote_plus(SECRET).encode(),
    "hex": RAW.hex().encode(),
    "hex in capitals": RAW.hex().upper().encode(),
    "JSON": json.dumps({"a": SECRET}).encode(),
    "JSON with letters as they are": json.dumps([SECRET], ensure_ascii=False).encode(),
    "HTML": html.escape(SECRET).encode(),
    "UTF-16": f"<{SECRET}>".encode("utf-16"),
}


def names(found: list[Canary]) -> list[int]:
    return [canary.number for canary in found]


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_found(form: str) -> None:
    assert names(SEARCH.within(b"\x00before " + FORMS[form] + b" after")) == [1]


@given(st.binary(max_size=300), st.binary(max_size=300), st.integers(1, 40))
def test_a_secret_across_the_seams_of_chunks_is_found(before: bytes, after: bytes, size: int) -> None:
    whole = before + RAW + after
    chunks = [whole[start : start + size] for start in range(0, len(whole), size)]
    assert 1 in names(SEARCH.through(chunks))


@given(st.text(min_size=8, max_size=40), st.binary(max_size=40), st.binary(max_size=40))
def test_base64_is_found_wherever_it_begins(secret: str, before: bytes, after: bytes) -> None:
    try:
        encoded = base64.b64encode(before + secret.encode() + after)
    except UnicodeEncodeError:
        return
    assert names(Search([Canary(1, secret)]).within(encoded)) == [1]


@given(st.binary(max_size=500))
def test_what_is_not_there_is_not_found(content: bytes) -> None:
    assert not SEARCH.within(content)


def test_a_secret_is_never_shown() -> None:
    canary = Canary(3, SECRET)
    assert canary.name.startswith("#3 (sha256 ")
    assert SECRET not in canary.name + repr(canary) + str(canary)


def test_a_file_of_secrets_is_read_line_by_line(tmp_path: Path) -> None:
    planted = tmp_path / "canaries"
    planted.write_text("first-secret\n\n  spaces count \n")
    assert [(each.number, each.secret) for each in read_canaries(planted)] == [
        (1, "first-secret"),
        (3, "  spaces count "),
    ]


@pytest.mark.parametrize(
    "text, trouble", [("", "holds 0 secrets"), ("long enough\nshort\n", "line 2 has 5 characters")]
)
def test_a_faulty_file_is_told_without_its_secrets(tmp_path: Path, text: str, trouble: str) -> None:
    planted = tmp_path / "canaries"
    planted.write_text(text)
    with pytest.raises(BadCanaries, match=trouble) as caught:
        read_canaries(planted)
    assert "short\n" not in str(caught.value)
    with pytest.raises(BadCanaries, match="cannot be read"):
        read_canaries(tmp_path / "missing")


def test_files_are_read_whole_and_opened_where_compressed(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "role.log").write_bytes(b"x" * 5_000_000 + RAW)
    (tmp_path / "old.log.gz").write_bytes(gzip.compress(RAW))
    assert [names(SEARCH.through(content(path))) for path in under(tmp_path)] == [[1], [1]]


def _segment(pages: list[bytes]) -> bytes:
    """Return a segment: pages of 8 kB, the first with the long header, as Postgres 18 writes them."""
    headers = [b"\x18\xd1\x02\x00" + bytes(36)] + [b"\x18\xd1\x00\x00" + bytes(20)] * (len(pages) - 1)
    return b"".join((header + page).ljust(8192, b"\x00") for header, page in zip(headers, pages, strict=True))


def test_a_secret_across_two_pages_of_the_write_ahead_log_is_found(tmp_path: Path) -> None:
    first = bytes(8192 - 40 - 5) + RAW[:5]
    path = tmp_path / ("0" * 24)
    path.write_bytes(_segment([first, RAW[5:], b""]))
    assert segments(tmp_path) == [path]
    assert names(SEARCH.through(payload(path))) == [1]
    assert not SEARCH.within(path.read_bytes())


@pytest.mark.parametrize(
    "look",
    [
        lambda folder: under(folder / "missing"),
        segments,
        lambda folder: list(content(folder)),
        lambda _: list(memory(2**22 + 1)),
        lambda folder: list(full_pages(_with_a_segment(folder), "/bin/false")),
        lambda folder: list(full_pages(_with_a_segment(folder), str(folder / "missing"))),
    ],
)
def test_what_cannot_be_read_is_never_taken_for_clean(tmp_path: Path, look: Callable[[Path], object]) -> None:
    with pytest.raises(Unreadable):
        look(tmp_path)


def _with_a_segment(folder: Path) -> Path:
    (folder / ("0" * 24)).write_bytes(b"")
    return folder


def test_a_secret_in_the_memory_of_a_process_is_found() -> None:
    held = "".join(reversed("evil-terces-a"))
    assert names(Search([Canary(5, held)]).through(memory(os.getpid()))) == [5]
