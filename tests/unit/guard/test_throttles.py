"""What auth knows of the guard's throttles: the last word counts, the expired is forgotten, garbage is left out."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import CollectorRegistry

from services.auth.protection import throttles as module
from services.auth.protection.throttles import Throttles
from services.contract.throttles import LoginThrottled, ThrottleKind, ThrottleReason, throttle_key
from services.runtime.settings import KafkaSettings

NOON = datetime(2026, 11, 25, 12, 0, 0, tzinfo=UTC)


@dataclass
class Told:
    """A record as aiokafka gives it."""

    key: bytes | None
    value: bytes | None
    topic: str = "auth-throttles-v1"
    partition: int = 0
    offset: int = 0
    timestamp: int = 0
    headers: tuple[tuple[str, bytes | None], ...] = field(default=())


def throttled(subject: str, *, minutes: int = 5, kind: ThrottleKind = ThrottleKind.ACCOUNT) -> Told:
    event = LoginThrottled(
        kind=kind,
        subject=subject,
        reason=ThrottleReason.FAILURES,
        failures=10,
        since=NOON,
        until=NOON + timedelta(minutes=minutes),
    )
    return Told(throttle_key(kind, subject), event.encode())


@pytest.fixture
def throttles() -> Throttles:
    return Throttles(KafkaSettings(kafka_bootstrap_servers="127.0.0.1:1"), CollectorRegistry())


def until(throttles: Throttles, subject: str, *, minutes: float = 0) -> datetime | None:
    return throttles.until(ThrottleKind.ACCOUNT, subject, NOON + timedelta(minutes=minutes))


def test_throttle_is_known_until_it_expires(throttles: Throttles) -> None:
    throttles.tell([throttled("alex")], NOON)
    assert until(throttles, "alex", minutes=4.9) == NOON + timedelta(minutes=5)
    assert until(throttles, "alex", minutes=5) is None
    assert until(throttles, "somebody") is None


def test_kinds_are_apart(throttles: Throttles) -> None:
    throttles.tell([throttled("192.0.2.0/24", kind=ThrottleKind.ADDRESS)], NOON)
    assert until(throttles, "192.0.2.0/24") is None
    assert throttles.until(ThrottleKind.ADDRESS, "192.0.2.0/24", NOON) is not None


def test_the_last_word_counts(throttles: Throttles) -> None:
    throttles.tell([throttled("alex"), throttled("alex", minutes=10)], NOON)
    assert until(throttles, "alex") == NOON + timedelta(minutes=10)
    throttles.tell([Told(b"account:alex", None)], NOON)
    assert until(throttles, "alex") is None


def test_a_record_that_cannot_be_read_changes_nothing(throttles: Throttles) -> None:
    other = throttled("other")
    garbage = [
        Told(b"account:alex", b"{"),
        Told(None, b"{}"),
        Told(None, None),
        Told(b"\xff", b"\xff"),
        Told(b"account:alex", other.value),
    ]
    throttles.tell([throttled("alex"), *garbage], NOON)
    assert until(throttles, "alex") == NOON + timedelta(minutes=5)
    assert until(throttles, "other") is None


def test_table_is_bounded_and_drops_what_expires_first(throttles: Throttles, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SUBJECT_COUNT_MAX", 2)
    throttles.tell([throttled("a", minutes=5), throttled("b", minutes=1), throttled("c", minutes=9)], NOON)
    assert [until(throttles, name) is not None for name in ("a", "b", "c")] == [True, False, True]
