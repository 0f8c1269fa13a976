"""Passwords that an operator sets: the rules of PACER and of CM/ECF."""

import pytest

from services.ops.account_passwords import cmecf_fault, pacer_fault

_ABOUT = ("Alexandra O'Neil", "aneil2014", "alexandra@example.org")


@pytest.mark.parametrize(
    "password,fault",
    [
        ("Quiet-River-Stone", None),
        ("Sh0rt-But-Good", None),
        ("Short-Of-Four", "14 to 45 characters"),
        ("Q" * 20 + "-" + "q" * 25, "14 to 45 characters"),
        ("quiet-river-stone", "a lower-case letter, an upper-case letter and a special"),
        ("QUIET-RIVER-STONE", "a lower-case letter, an upper-case letter and a special"),
        ("QuietRiverStone44", "a lower-case letter, an upper-case letter and a special"),
        ("Quiet-alexa-Stone", "no part"),
        ("Quiet-XANDR-Stone", "no part"),
        ("Quiet-Aneil-Stone", "no part"),
        ("Quiet-Exam-Stones", "no part"),
    ],
)
def test_pacer_rule(password: str, fault: str | None) -> None:
    told = pacer_fault(password, about=_ABOUT)
    assert (told is None) if fault is None else (told is not None and fault in told)


@pytest.mark.parametrize(
    "password,fault",
    [
        ("Quiet-River", None),
        ("QuietRiver7", None),
        ("Quiet7", "8 to 128 characters"),
        ("QuietRiver", "a digit or special"),
        ("quiet-river", "a digit or special"),
        ("Password-1", "guessers try first"),
    ],
)
def test_cmecf_rule(password: str, fault: str | None) -> None:
    told = cmecf_fault(password)
    assert (told is None) if fault is None else (told is not None and fault in told)
