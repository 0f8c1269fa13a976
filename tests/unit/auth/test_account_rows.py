"""Import files: what is read, and every way in which a row can be wrong, with its line."""

from pathlib import Path

import pytest

from services.auth.signon.passwords import HASHER
from services.ops.account_import import Known, faults_within, hash_all
from services.ops.account_rows import PacerRow, read
from services.ops.registry import packaged

_HEADER = "kind,account_number,court_id,login,password,name,email,upgraded\n"
_PACER = "pacer,111111,,alexattorney,Secret-1,Alex Attorney,alex@example.org,yes\n"
_CMECF = "cmecf,,UTBK,atyalex,Secret-1,Aty Alex,,\n"
_JSON = '{"kind":"cmecf","court_id":"UTBK","login":"atyalex","password":"Secret-1","name":"Aty Alex"}\n'


def _file(tmp_path: Path, content: str | bytes, name: str = "people.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def _reasons(path: Path) -> list[str]:
    return [f"{fault.line}: {fault.reason}" for fault in read(path)[1]]


@pytest.mark.parametrize(
    "content",
    [
        _HEADER + _PACER + _CMECF,
        "\ufeff" + _HEADER + _PACER + _CMECF,
        (_HEADER + _PACER + _CMECF).replace("\n", "\r\n"),
    ],
)
def test_csv_is_read(tmp_path: Path, content: str) -> None:
    rows, faults = read(_file(tmp_path, content))
    assert not faults
    assert [line for line, _ in rows] == [2, 3]
    assert isinstance(rows[0][1], PacerRow)
    assert rows[0][1].upgraded


@pytest.mark.parametrize("name", ["people.jsonl", "people.txt"])
def test_json_lines_are_known_by_name_or_content(tmp_path: Path, name: str) -> None:
    rows, faults = read(_file(tmp_path, "\n" + _JSON, name))
    assert not faults
    assert [line for line, _ in rows] == [2]


@pytest.mark.parametrize(
    "change,reason",
    [
        (("111111", "11111"), "2: account_number: is not 6 or 7 digits"),
        (("111111", ""), "2: account_number: is missing"),
        (("pacer", "clerk"), "2: kind: is neither pacer nor cmecf"),
        (("alex@", "alex"), "2: email: is not a mail address"),
        (
            ("Secret-1", ""),
            "2: give either password or password_hash; neither is possible where PACER_VERIFIER is remote",
        ),
        (("Secret-1", "tab\there"), "2: password: holds a control character"),
        (("Secret-1", "x" * 129), "2: password: String should have at most 128 characters"),
        (("alexattorney", "alexattorney "), "2: login: begins or ends with a space"),
        (("Alex Attorney", "Alex\x07"), "2: name: holds a control character"),
        (("yes", "perhaps"), "2: upgraded: Input should be a valid boolean, unable to interpret input"),
        ((",yes", ""), "2: 7 fields, and the header names 8"),
        (("Alex Attorney", '"Alex'), "2: not CSV: unexpected end of data"),
    ],
)
def test_bad_row_is_told_with_its_line(tmp_path: Path, change: tuple[str, str], reason: str) -> None:
    assert _reasons(_file(tmp_path, _HEADER + _PACER.replace(*change))) == [reason]


@pytest.mark.parametrize(
    "content,reason",
    [
        (b"", "0: the file holds no account"),
        (_HEADER.encode(), "0: the file holds no account"),
        (b"\xff\xfek\x00", "1: not UTF-8 (byte 0xff): save the file as UTF-8 and import it again"),
        (
            (_HEADER + _PACER).encode() + b"pacer,\xe9",
            "3: not UTF-8 (byte 0xe9): save the file as UTF-8 and import it again",
        ),
    ],
)
def test_file_that_cannot_be_read_says_why(tmp_path: Path, content: bytes, reason: str) -> None:
    assert _reasons(_file(tmp_path, content)) == [reason]


def test_missing_file_says_so(tmp_path: Path) -> None:
    assert "cannot be read: No such file or directory" in _reasons(tmp_path / "none.csv")[0]


def test_unknown_column_is_named(tmp_path: Path) -> None:
    (reason,) = _reasons(_file(tmp_path, "kind,pasword\n"))
    assert reason.endswith("unknown: 'pasword'")


@pytest.mark.parametrize("line", ["[]", "7", '{"kind":', '{"kind":"cmecf","extra":1}'])
def test_bad_json_line_is_told(tmp_path: Path, line: str) -> None:
    assert {reason.partition(":")[0] for reason in _reasons(_file(tmp_path, _JSON + line, "p.jsonl"))} == {"2"}


_SCRYPT = "$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E"


@pytest.mark.parametrize(
    "password_hash,reason",
    [
        ("$2b$12$abc", "is none of these hashes"),
        ("$1$abcdefgh$gk1JDrMbZcRtHcMRlAdWM/", "is none of these hashes"),
        ("$argon2i$v=19$m=65536,t=2,p=1$c2FsdHNhbHQ$aGFzaA", "is not Argon2id within"),
        ("$argon2id$v=19$m=999999,t=2,p=1$c2FsdHNhbHQ$aGFzaA", "is not Argon2id within"),
        (
            "$2b$15$jKyKg24jG7BfjKJ6s.bydOG/TVFKttl9RDMT8.TRTLHaMgKBZ0JTO",
            "is bcrypt with more than 14 rounds",
        ),
        ("$pbkdf2-sha256$999$c2FsdHNhbHQ$" + "a" * 43, "is PBKDF2 with fewer than 1000"),
        ("$pbkdf2-sha512$2000001$c2FsdHNhbHQ$" + "a" * 86, "is PBKDF2 with fewer than 1000"),
        ("$pbkdf2-sha256$1000$$" + "a" * 43, "is none of these hashes"),
        ("$scrypt$ln=18,r=1,p=1" + _SCRYPT, "is scrypt beyond ln=17"),
        ("$scrypt$ln=17,r=8,p=1" + _SCRYPT, "is scrypt beyond ln=17"),
        ("$scrypt$ln=4,r=8,p=5" + _SCRYPT, "is scrypt beyond ln=17"),
    ],
)
def test_hashes_out_of_bounds_are_refused(tmp_path: Path, password_hash: str, reason: str) -> None:
    line = _JSON.replace('"password":"Secret-1"', f'"password_hash":"{password_hash}"')
    (told,) = _reasons(_file(tmp_path, line, "p.jsonl"))
    assert told.startswith(f"1: password_hash: {reason}")


def test_duplicates_and_unknown_courts_are_told(tmp_path: Path) -> None:
    twice = _PACER.replace("111111", "7222222")
    path = _file(tmp_path, _HEADER + _PACER + twice + _CMECF + _CMECF + _CMECF.replace("UTBK", "ZZZZ"))
    reasons = [f"{fault.line}: {fault.reason}" for fault in faults_within(read(path)[0], packaged())]
    assert reasons == [
        "3: login alexattorney stands in line 2 already",
        "5: account UTBK:atyalex stands in line 4 already",
        "6: court_id: ZZZZ is not in the registry; see `ecflink courts list`",
    ]


def test_unchanged_password_keeps_its_hash(tmp_path: Path) -> None:
    rows = [row for _, row in read(_file(tmp_path, _HEADER + _PACER + _CMECF))[0]]
    known = HASHER.hash("Secret-1")
    first, second = hash_all(rows, [Known(known), Known(HASHER.hash("other"))], lambda hashes, _: hashes)
    assert first == known
    assert second is not None
    assert HASHER.verify(second, "Secret-1")
