"""The people of a rehearsal: all invented, each made from a number alone, so that filer 1000123 is the same in every
scenario and with every seed. Names are ASCII or not as people's are; addresses are of example.org and its sisters.
"""

import re
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final, NamedTuple

FIRST_NUMBER: Final = 1_000_000
FIRST_FIRM_NUMBER: Final = 9_000_000
FIRM_COUNT: Final = 100
_MIX: Final = 2_654_435_761  # Knuth's multiplier: neighbours in number get names far apart
_BITS: Final = 0xFFFF_FFFF
_BASE36: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_REMEMBERED_MAX: Final = 8_192


class _Name(NamedTuple):
    """A name, and its spelling in logins and addresses."""

    name: str
    plain: str


@cache
def _names() -> tuple[tuple[_Name, ...], tuple[_Name, ...]]:
    """Return the given names and the surnames of the packaged list."""
    text = files("services.replay.scenarios").joinpath("names.txt").read_text(encoding="utf-8")
    _, given, surnames = re.split(r"\[[a-z]+\]", text)
    return tuple(map(_name, given.split())), tuple(map(_name, surnames.split()))


def _name(entry: str) -> _Name:
    name, _, plain = entry.partition("/")
    return _Name(name, (plain or name).lower().replace("-", ""))


_INITIALS: Final = "ABCDEFGHJKLMNPRSTVW"
_OWN_ADDRESS: Final = 8  # in ten have the same address at the court, one another, one none


class Person(NamedTuple):
    """A filer. `login` is the chosen PACER login, `legacy_login` that of an account never upgraded; `cmecf_stem` the
    CM/ECF login, which is the same at each court but for its case.
    """

    account: str
    name: str
    email: str
    login: str
    legacy_login: str
    cmecf_stem: str
    cmecf_name: str
    cmecf_email: str | None
    address_prefix: str


class Firm(NamedTuple):
    """A firm whose one PACER account is shared by those who work there."""

    account: str
    name: str
    email: str
    login: str


@lru_cache(maxsize=_REMEMBERED_MAX)
def person(index: int) -> Person:
    """Return the person with this index, from 0 on."""
    number = FIRST_NUMBER + index
    mixed = (index * _MIX) & _BITS
    givens, surnames = _names()
    given, given_ascii = givens[mixed % len(givens)]
    surname, surname_ascii = surnames[mixed // len(givens) % len(surnames)]
    initial = _INITIALS[(mixed >> 13) % len(_INITIALS)]
    email = f"{given_ascii}.{surname_ascii}.{number}@example.org"
    short, full = f"{given} {surname}", f"{given} {initial}. {surname}"
    return Person(
        account=str(number),
        name=full,
        email=email,
        login=f"{surname_ascii}{number}",
        legacy_login=_legacy_login(index),
        cmecf_stem=f"{given_ascii[0]}{surname_ascii}{_base36(index)}",
        cmecf_name=short if mixed % 5 == 0 else full,
        cmecf_email=_court_address(mixed, number, email),
        address_prefix=_address_prefix(mixed),
    )


def cmecf_login(person: Person, *, second: bool) -> str:
    """Return a person's CM/ECF login as it is typed. `second`: that of another role, such as a trustee's."""
    stem = person.cmecf_stem
    typed = stem[:2].upper() + stem[2:] if stem.endswith(("a", "k", "u", "5")) else stem
    return f"{typed}-tr" if second else typed


@lru_cache(maxsize=FIRM_COUNT)
def firm(index: int) -> Firm:
    """Return the firm with this index below FIRM_COUNT."""
    number = FIRST_FIRM_NUMBER + index
    _, surnames = _names()
    first, first_ascii = surnames[(index * _MIX & _BITS) % len(surnames)]
    second = surnames[index % len(surnames)].name
    return Firm(str(number), f"{first} & {second} LLP", f"office.{number}@example.com", f"{first_ascii}firm{number}")


def _legacy_login(index: int) -> str:
    """Two letters and four digits: what accounts from before 2014 have (domain notes, 3.1)."""
    letters, digits = divmod(index, 10_000)
    return f"{chr(97 + letters // 26)}{chr(97 + letters % 26)}{digits:04d}"


def _base36(number: int) -> str:
    digits = ""
    while number or not digits:
        number, digit = divmod(number, 36)
        digits = _BASE36[digit] + digits
    return digits


def _court_address(mixed: int, number: int, email: str) -> str | None:
    which = mixed // 7 % 10
    if which < _OWN_ADDRESS:
        return email
    return f"notices.{number}@example.net" if which == _OWN_ADDRESS else None


def _address_prefix(mixed: int) -> str:
    """A /24 of private addresses, or a /56 of those kept for documentation (RFC 3849)."""
    if mixed % 4:
        return f"10.{mixed >> 8 & 0xFF}.{mixed >> 16 & 0xFF}.0/24"
    return f"2001:db8:{(mixed >> 8 & 0xFFF) + 1:x}:{(mixed >> 20 & 0xFF) + 1:x}00::/56"
