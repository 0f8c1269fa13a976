"""Rules for passwords that an operator sets. Imported ones exist already and are not held to them."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from services.auth.protection.breached import refuses

PACER_CHARACTERS: Final = range(14, 46)
CMECF_CHARACTERS: Final = range(8, 129)
PART_LETTERS: Final = 4
_LETTERS: Final = re.compile(r"[^\W\d_]+")


def pacer_fault(password: str, *, about: Iterable[str], breached_path: Path | None = None) -> str | None:
    """Return why a PACER account may not have this password (domain notes, 3.3), or None.

    `about`: the owner's names, user name and mail address. No four letters in a row of them may stand in it.
    """
    if len(password) not in PACER_CHARACTERS:
        return f"a PACER password has {PACER_CHARACTERS.start} to {PACER_CHARACTERS.stop - 1} characters"
    if not (_has_lower(password) and _has_upper(password) and _has_special(password)):
        return "a PACER password has a lower-case letter, an upper-case letter and a special character"
    if _part_of(password, about):
        return f"a PACER password holds no part ({PART_LETTERS} letters) of the owner's name, user name or mail address"
    return _breached(password, breached_path)


def cmecf_fault(password: str, *, breached_path: Path | None = None) -> str | None:
    """Return why a CM/ECF account may not have this password (domain notes, 3.3), or None."""
    if len(password) not in CMECF_CHARACTERS:
        return f"a CM/ECF password has {CMECF_CHARACTERS.start} to {CMECF_CHARACTERS.stop - 1} characters"
    other = _has_special(password) or any(letter.isdigit() for letter in password)
    if not (_has_lower(password) and _has_upper(password) and other):
        return "a CM/ECF password has a lower-case letter, an upper-case letter, and a digit or special character"
    return _breached(password, breached_path)


def _breached(password: str, path: Path | None) -> str | None:
    fault = refuses(password, path)
    return None if fault is None else f"the password {fault}"


def _has_lower(password: str) -> bool:
    return any(letter.islower() for letter in password)


def _has_upper(password: str) -> bool:
    return any(letter.isupper() for letter in password)


def _has_special(password: str) -> bool:
    return any(not letter.isalnum() for letter in password)


def _part_of(password: str, about: Iterable[str]) -> bool:
    folded = password.casefold()
    words = (word for text in about for word in _LETTERS.findall(text.casefold()))
    return any(
        word[start : start + PART_LETTERS] in folded for word in words for start in range(len(word) - PART_LETTERS + 1)
    )
