"""Dummies: an unknown name costs what a known one does, each time the same, in the mix of the table."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.auth.signon.dummies import Dummies
from services.auth.signon.hashes import acceptable, matches

_OURS = "$argon2id$v=19$m=19456,t=2,p=1"
_FORMS = (
    _OURS,
    "$argon2id$v=19$m=8192,t=3,p=1",
    "$2b$05",
    "$pbkdf2-sha256$1000",
    "$pbkdf2-sha512$1000",
    "$scrypt$ln=4,r=8,p=1",
)


def _dummies(**accounts: int) -> Dummies:
    made = Dummies(b"f" * 32, "pacer_accounts")
    made.weigh(accounts)
    return made


@pytest.mark.parametrize("form", _FORMS)
def test_dummy_is_a_hash_of_its_form_that_nothing_matches(form: str) -> None:
    dummy = _dummies(**{form: 1}).pick("anybody")
    assert dummy.startswith(form + "$")
    assert acceptable(dummy) is None
    assert not matches(dummy, "anybody")


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(st.sampled_from(_FORMS), st.integers(0, 10_000), min_size=1), st.text(max_size=128))
def test_name_keeps_its_dummy_and_only_schemes_of_the_table_are_picked(accounts: dict[str, int], name: str) -> None:
    dummies = _dummies(**accounts)
    picked = dummies.pick(name)
    assert dummies.pick(name) == picked
    present = [form for form, count in accounts.items() if count] or [_OURS]
    assert any(picked.startswith(form + "$") for form in present)


@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(1, 100), min_size=len(_FORMS), max_size=len(_FORMS)))
def test_mix_of_dummies_is_the_mix_of_the_table(counts: list[int]) -> None:
    accounts = dict(zip(_FORMS, counts, strict=True))
    dummies, tries = _dummies(**accounts), 4000
    picked = Counter(dummies.pick(f"name-{number}").rsplit("$", 2)[0] for number in range(tries))
    for form, count in accounts.items():
        if form == "$2b$05":  # its salt and checksum are one field
            continue
        # Five standard deviations of a share that is at most a half.
        assert abs(picked[form] / tries - count / sum(counts)) < 5 * 0.5 / tries**0.5


def test_names_move_from_foreign_to_ours_and_not_back() -> None:
    before, after = _dummies(**{"$2b$05": 60, _OURS: 40}), _dummies(**{"$2b$05": 30, _OURS: 70})
    for number in range(500):
        name = f"name-{number}"
        if before.pick(name).startswith(_OURS):
            assert after.pick(name).startswith(_OURS)


def test_account_without_a_hash_counts_as_ours() -> None:
    assert _dummies(**{"": 3}).pick("anybody").startswith(_OURS)
