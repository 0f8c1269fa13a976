"""What is told of sign-in attempts: bounded, summed, without names or addresses."""

import unicodedata
from datetime import UTC, datetime

import pytest
from prometheus_client import CollectorRegistry

from services.auth.metrics import Metrics
from services.auth.portal.ports import Client
from services.auth.signon.attempts import FAILURE_COUNT_MAX, SHED_PREFIX_COUNT_MAX, Attempt, Attempts, address_prefix
from services.contract.logins import Credential, LoginAttempted, LoginOutcome

_MOMENT = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def attempts(registry: CollectorRegistry) -> Attempts:
    return Attempts(b"f" * 40, Metrics(registry), lambda: _MOMENT)


def _attempt(number: int = 0) -> Attempt:
    return Attempt(f"account-{number}", Credential.PACER, "UTBK", "192.0.2.0/24", _MOMENT)


def _told(attempts: Attempts) -> list[LoginAttempted]:
    return [LoginAttempted.model_validate_json(row.value) for row in attempts.take(FAILURE_COUNT_MAX)]


@pytest.mark.parametrize(
    "address,prefix",
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2ff::9", "2001:db8:1:200::/56"),
        ("fe80::1%eth0", "fe80::/56"),
        ("testclient", "unknown"),
        ("", "unknown"),
    ],
)
def test_address_is_told_as_its_prefix(address: str, prefix: str) -> None:
    assert address_prefix(address) == prefix


def test_unknown_name_is_told_as_a_keyed_hash(attempts: Attempts) -> None:
    name = attempts.unknown(Credential.PACER, "alex\ud800")
    assert name == attempts.unknown(Credential.PACER, "alex\ud800")
    assert name != attempts.unknown(Credential.CMECF, "alex\ud800")
    assert "alex" not in name


@pytest.mark.parametrize("spelled", ["\u212aaren", "jose\u0301"], ids=["kelvin", "decomposed"])
def test_two_spellings_of_a_login_are_one_unknown_name(attempts: Attempts, spelled: str) -> None:
    composed = unicodedata.normalize("NFC", spelled)
    assert composed != spelled
    assert attempts.unknown(Credential.PACER, spelled) == attempts.unknown(Credential.PACER, composed)


def test_full_buffer_drops_the_oldest_and_counts(attempts: Attempts, registry: CollectorRegistry) -> None:
    for number in range(FAILURE_COUNT_MAX + 3):
        attempts.failed(_attempt(number))
    assert registry.get_sample_value("ecflink_auth_login_events_dropped_total") == 3
    assert _told(attempts)[0].account == "account-3"


def test_events_given_back_keep_their_order(attempts: Attempts) -> None:
    for number in range(4):
        attempts.failed(_attempt(number))
    attempts.give_back(attempts.take(2))
    assert [told.account for told in _told(attempts)] == [f"account-{number}" for number in range(4)]


def test_shed_attempts_are_one_event_per_prefix(attempts: Attempts) -> None:
    for address in ("192.0.2.1", "192.0.2.2", "198.51.100.1"):
        attempts.shed(Credential.PACER, Client(address))
    attempts.sum_shed()
    told = {event.address_prefix: event.attempts for event in _told(attempts)}
    assert told == {"192.0.2.0/24": 2, "198.51.100.0/24": 1}


def test_throttled_attempts_are_summed_apart_from_shed_ones(attempts: Attempts) -> None:
    attempts.shed(Credential.PACER, Client("192.0.2.1"))
    for address in ("192.0.2.1", "192.0.2.2"):
        attempts.throttled(Credential.PACER, Client(address))
    attempts.sum_shed()
    told = {event.outcome: event.attempts for event in _told(attempts)}
    assert told == {LoginOutcome.SHED: 1, LoginOutcome.THROTTLED: 2}


def test_turned_away_from_ever_new_networks_stay_bounded(attempts: Attempts) -> None:
    for number in range(SHED_PREFIX_COUNT_MAX + 500):
        attempts.throttled(Credential.PACER, Client(f"10.{number // 256}.{number % 256}.1"))
    attempts.sum_shed()
    told = _told(attempts)
    assert len(told) == SHED_PREFIX_COUNT_MAX + 1
    assert sum(event.attempts for event in told) == SHED_PREFIX_COUNT_MAX + 500


def test_nothing_shed_tells_nothing(attempts: Attempts) -> None:
    attempts.sum_shed()
    assert _told(attempts) == []


def test_success_is_a_row_keyed_by_the_account(attempts: Attempts) -> None:
    row = attempts.succeeded(_attempt(1))
    assert row.key == b"account-1"
    assert LoginAttempted.model_validate_json(row.value).outcome is LoginOutcome.SUCCEEDED
