"""Who walks: logins and passwords, from the file of accounts that goes with a recording (`FILE.accounts.jsonl`).

Passwords stand there in clear, or as one of the ready hashes of `ecflink replay generate`, whose passwords are known.
"""

from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson

from services.replay.outcome import Unusable
from services.replay.scenarios.passwords import CMECF_HASHES, CMECF_PASSWORD, PACER_HASHES, PACER_PASSWORD

_KNOWN: Final = dict.fromkeys(PACER_HASHES, PACER_PASSWORD) | dict.fromkeys(CMECF_HASHES, CMECF_PASSWORD)


class Account(NamedTuple):
    """What opens an account."""

    login: str
    password: str


class People(NamedTuple):
    """PACER accounts by account number, CM/ECF accounts by court and login as typed."""

    pacer: dict[str, Account]
    cmecf: dict[tuple[str, str], Account]


def load_people(path: Path) -> People:
    """Read a file of accounts. Raises Unusable with the line that cannot be used."""
    people = People({}, {})
    try:
        with path.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    _take(people, line, f"{path} line {number}")
    except OSError as error:
        raise Unusable(f"{path} cannot be read: {error.strerror}; no walk was begun") from None
    return people


def _take(people: People, line: bytes, where: str) -> None:
    try:
        given = orjson.loads(line)
        account = Account(given["login"], _password(given))
        if given["kind"] == "pacer":
            people.pacer[given["account_number"]] = account
        else:
            people.cmecf[given["court_id"], given["login"]] = account
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        told = f"it has no {error}" if isinstance(error, KeyError) else str(error)
        raise Unusable(f"{where} is no account to walk with: {told}; no walk was begun") from None


def _password(given: dict[str, Any]) -> str:
    if "password" in given:
        return str(given["password"])
    known = _KNOWN.get(given["password_hash"])
    if known is None:
        raise ValueError("its password is not in clear, and its hash is none of a rehearsal's: write `password` there")
    return known
