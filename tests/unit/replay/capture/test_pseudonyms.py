"""Pseudonyms: the same person has the same one, no two have the same one, and nobody keeps their own."""

from ipaddress import IPv4Network
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.replay.capture.permutation import Permutation
from services.replay.capture.personal import Kind
from services.replay.capture.pseudonyms import Pseudonyms, read_key
from services.replay.outcome import Unusable

KEY = bytes(range(32))
names = Pseudonyms(KEY)
_SHAPED = sorted(set(Kind) - {Kind.KEPT, Kind.ACCOUNT, Kind.SUBJECT, Kind.REQUEST})


@pytest.mark.parametrize("key", [bytes([number]) * 32 for number in range(6)], ids=lambda key: f"key {key[0]}")
def test_permutation_moves_every_number_and_meets_none_twice(key: bytes) -> None:
    permutation = Permutation(key, 3)
    moved = [permutation.of(number) for number in range(1000)]
    assert sorted(moved) == list(range(1000))
    assert not [number for number in range(1000) if moved[number] == number]


def test_another_key_moves_numbers_elsewhere() -> None:
    one, other = Permutation(KEY, 6), Permutation(b"x" * 32, 6)
    assert [one.of(number) for number in range(20)] != [other.of(number) for number in range(20)]


@settings(deadline=None)
@given(account=st.from_regex(r"[0-9]{6,7}", fullmatch=True))
def test_account_stays_an_account_of_as_many_digits(account: str) -> None:
    made = names.of(Kind.ACCOUNT, account)
    assert made.isdigit()
    assert (len(made), made != account) == (len(account), True)


@pytest.mark.parametrize("kind", _SHAPED)
def test_same_original_has_the_same_pseudonym_under_one_key_alone(kind: Kind) -> None:
    assert names.of(kind, "one") == Pseudonyms(KEY).of(kind, "one") != names.of(kind, "two")
    assert names.of(kind, "one") != Pseudonyms(b"x" * 32).of(kind, "one")


@settings(deadline=None)
@given(login=st.text(min_size=1, max_size=20))
def test_logins_that_differ_in_case_alone_still_do(login: str) -> None:
    assert names.of(Kind.LOGIN, login).casefold() == names.of(Kind.LOGIN, login.casefold())
    assert (names.of(Kind.LOGIN, login) == names.of(Kind.LOGIN, login.casefold())) == (login == login.casefold())


def test_unknown_name_stays_unknown() -> None:
    assert names.of(Kind.LOGIN, "unknown:9f86").startswith("unknown:")


def test_addresses_are_those_of_nobody() -> None:
    assert IPv4Network(names.of(Kind.ADDRESS, "192.0.2.0/24")).subnet_of(IPv4Network("240.0.0.0/4"))
    assert names.of(Kind.ADDRESS, "2001:db8::/56").startswith("3fff:")
    assert names.of(Kind.MAIL, "a@court.example").endswith("@example.org")


def test_policy_names_the_key_and_does_not_give_it_away() -> None:
    assert names.policy != Pseudonyms(b"x" * 32).policy
    assert KEY.hex()[:12] not in names.policy


@pytest.mark.parametrize(
    "content", ["", "zz" * 32, "5A" * 32, "5a" * 31], ids=["empty", "letters", "capitals", "short"]
)
def test_key_file_that_holds_no_key_is_refused_without_showing_it(content: str, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(content)
    with pytest.raises(Unusable, match="openssl rand") as refused:
        read_key(tmp_path / "key")
    assert not content or content not in str(refused.value)
