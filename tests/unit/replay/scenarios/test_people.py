"""The invented people: the same for the same number, nobody's login twice, and passwords that the rules take."""

import pytest

from services.auth.signon.hashes import matches
from services.ops.account_passwords import cmecf_fault, pacer_fault
from services.replay.scenarios.passwords import CMECF_HASHES, CMECF_PASSWORD, PACER_HASHES, PACER_PASSWORD
from services.replay.scenarios.people import FIRM_COUNT, cmecf_login, firm, person

SOME = range(0, 640_000, 37)


def test_filer_1000123_is_always_the_same() -> None:
    assert person(123)[:4] == ("1000123", "Tariq N. Oyelaran", "tariq.oyelaran.1000123@example.org", "oyelaran1000123")


@pytest.mark.parametrize("field", ["account", "email", "login", "legacy_login", "cmecf_stem"])
def test_nobody_shares_what_is_ones_own(field: str) -> None:
    assert len({getattr(person(index), field) for index in SOME}) == len(SOME)


def test_second_login_is_another_one() -> None:
    assert cmecf_login(person(5), second=True) != cmecf_login(person(5), second=False)


def test_all_addresses_are_invented() -> None:
    addresses = {person(index).email for index in SOME} | {firm(index).email for index in range(FIRM_COUNT)}
    addresses |= {address for index in SOME if (address := person(index).cmecf_email)}
    assert {address.rpartition("@")[2] for address in addresses} == {"example.org", "example.com", "example.net"}


def test_pacer_password_keeps_to_the_rules_for_everyone() -> None:
    people = [person(index) for index in SOME]
    faults = {pacer_fault(PACER_PASSWORD, about=(who.name, who.login, who.email)) for who in people}
    assert faults == {None}


def test_cmecf_password_keeps_to_the_rules() -> None:
    assert cmecf_fault(CMECF_PASSWORD) is None


@pytest.mark.parametrize("number", range(4))
def test_ready_hashes_are_of_the_passwords(number: int) -> None:
    assert matches(PACER_HASHES[number], PACER_PASSWORD)
    assert matches(CMECF_HASHES[number], CMECF_PASSWORD)
