"""Which passwords may not be chosen, from the packaged list and from a court's own."""

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.auth.protection.breached import _COMMON, refuses


def sha1(password: str) -> str:
    return hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()


def listed(folder: Path, passwords: list[str], end: str = "\r\n") -> Path:
    path = folder / "breached.txt"
    path.write_bytes("".join(f"{digest}:7{end}" for digest in sorted({sha1(each) for each in passwords})).encode())
    return path


def test_packaged_list_is_large_and_sorted() -> None:
    packed = _COMMON.read_bytes()
    prefixes = [packed[place : place + 5] for place in range(0, len(packed), 5)]
    assert len(prefixes) > 30_000
    assert prefixes == sorted(set(prefixes))


@pytest.mark.parametrize("password", ["password", "Password", "iloveyou", "qwertyuiop", "1q2w3e4r5t", "SUNSHINE"])
def test_common_password_is_refused(password: str) -> None:
    assert "guessers try first" in (refuses(password) or "")


@pytest.mark.parametrize("password", ["Password2026!!", "sunshine12345678", "Iloveyou!!!!!!"])
def test_common_password_with_signs_behind_it_is_refused(password: str) -> None:
    assert "added" in (refuses(password) or "")


@pytest.mark.parametrize("password", ["correct ribbon falls 7!", "", "\ud800", "Ünïcödé-Wörter-hier", "x" * 5000])
def test_other_passwords_may_be_chosen(password: str) -> None:
    assert refuses(password) is None


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@given(st.lists(st.text("abcdefgh", min_size=1), max_size=40), st.text("abcdefgh", min_size=1))
def test_court_s_list_is_searched_as_a_set_would_be(
    tmp_path_factory: pytest.TempPathFactory, end: str, breached: list[str], password: str
) -> None:
    path = listed(tmp_path_factory.mktemp("lists"), [f"zq {each}" for each in breached], end)
    for each in (*breached, password):
        assert (refuses(f"zq {each}", path) is not None) == (each in breached)


def test_last_line_may_lack_its_end(tmp_path: Path) -> None:
    path = tmp_path / "one.txt"
    path.write_text(f"{sha1('zq only one')}:1")
    assert refuses("zq only one", path)
    assert refuses("zq another", path) is None


def test_file_of_another_kind_is_told(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_text("password\nletmein\n")
    with pytest.raises(ValueError, match="SHA1:count"):
        refuses("zq another", path)
