"""The accounts that walk: passwords in clear or behind a known hash, and what is said of a file that lacks them."""

from pathlib import Path

import pytest

from services.replay.front_door.people import Account, load_people
from services.replay.outcome import Unusable
from services.replay.scenarios.passwords import CMECF_HASHES, CMECF_PASSWORD

PACER = '{"kind": "pacer", "account_number": "1000001", "login": "ada", "password": "in clear"}'
CMECF = f'{{"kind": "cmecf", "court_id": "UTBK", "login": "Ada1", "password_hash": "{CMECF_HASHES[1]}"}}'


def test_passwords_are_known(tmp_path: Path) -> None:
    path = tmp_path / "accounts.jsonl"
    path.write_text(f"{PACER}\n\n{CMECF}\n")
    people = load_people(path)
    assert people.pacer == {"1000001": Account("ada", "in clear")}
    assert people.cmecf == {("UTBK", "Ada1"): Account("Ada1", CMECF_PASSWORD)}


@pytest.mark.parametrize(
    "line,told",
    [
        ("{", "line 2"),
        ("[]", "line 2"),
        ('{"kind": "pacer", "account_number": "1", "login": "x", "password_hash": "$argon2id$"}', "write `password`"),
        ('{"kind": "cmecf", "login": "x", "password": "y"}', "it has no 'court_id'"),
    ],
    ids=["broken", "list", "unknown-hash", "no-court"],
)
def test_line_that_nobody_can_walk_with_is_named(tmp_path: Path, line: str, told: str) -> None:
    path = tmp_path / "accounts.jsonl"
    path.write_text(f"{PACER}\n{line}\n")
    with pytest.raises(Unusable, match="no walk was begun") as trouble:
        load_people(path)
    assert told in str(trouble.value)


def test_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="cannot be read: No such file"):
        load_people(tmp_path / "none.jsonl")
