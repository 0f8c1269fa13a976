"""When a subject is throttled, for how long, and when not."""

from datetime import UTC, datetime, timedelta

import pytest

from services.auth.guard.marks import Place
from services.auth.guard.settings import GuardSettings
from services.auth.guard.state import State
from services.contract.logins import Credential, LoginAttempted, LoginOutcome
from services.contract.throttles import LoginThrottled, ThrottleKind, ThrottleReason
from services.runtime.settings import load

NOON = datetime(2026, 11, 25, 12, 0, 0, tzinfo=UTC)
SETTINGS = load(GuardSettings, kafka_bootstrap_servers="127.0.0.1:1")


class Guessing:
    """A state, and the failures that it is told."""

    def __init__(self) -> None:
        self.state = State(SETTINGS)
        self._offset = 0

    def fail(
        self,
        account: str = "victim",
        *,
        after_s: float = 0,
        prefix: str = "192.0.2.0/24",
        outcome: LoginOutcome = LoginOutcome.FAILED,
    ) -> list[LoginThrottled]:
        at = NOON + timedelta(seconds=after_s)
        event = LoginAttempted(
            account=account, credential=Credential.PACER, outcome=outcome, address_prefix=prefix, attempted_at=at
        )
        self._offset += 1
        return self.state.take(Place(0, self._offset), event, at)[1]

    def until_throttled(self, *, after_s: float = 0) -> LoginThrottled:
        for number in range(1000):
            for throttle in self.fail(after_s=after_s, prefix=f"10.0.{number}.0/24"):
                return throttle
        pytest.fail("never throttled")


def test_the_tenth_failure_throttles_the_account_for_five_minutes() -> None:
    guessing = Guessing()
    told = [guessing.fail(prefix=f"10.0.{number}.0/24") for number in range(10)]
    assert told[:9] == [[]] * 9
    (throttle,) = told[9]
    assert (throttle.kind, throttle.subject, throttle.reason) == (
        ThrottleKind.ACCOUNT,
        "victim",
        ThrottleReason.FAILURES,
    )
    assert (throttle.failures, throttle.since, throttle.until) == (10, NOON, NOON + timedelta(seconds=300))


def test_failures_spread_over_longer_than_the_window_throttle_nobody() -> None:
    guessing = Guessing()
    assert not any(guessing.fail(after_s=number * 60, prefix=f"10.0.{number}.0/24") for number in range(30))


def test_not_said_again_while_it_is_in_force() -> None:
    guessing = Guessing()
    guessing.until_throttled()
    assert guessing.fail(after_s=1) == []
    assert guessing.fail(after_s=299) == []


def test_each_next_throttle_is_twice_as_long_up_to_an_hour() -> None:
    guessing = Guessing()
    at_s, lengths, sinces = 0.0, [], set()
    for _ in range(6):
        throttle = guessing.until_throttled(after_s=at_s)
        lengths.append((throttle.until - NOON).total_seconds() - at_s)
        sinces.add(throttle.since)
        at_s += lengths[-1]
    assert lengths == [300, 600, 1200, 2400, 3600, 3600]
    assert sinces == {NOON}


def test_after_a_quiet_time_it_begins_anew() -> None:
    guessing = Guessing()
    guessing.until_throttled()
    later = guessing.until_throttled(after_s=601)
    assert later.until - later.since == timedelta(seconds=300)


def test_twenty_accounts_from_one_prefix_are_stuffing() -> None:
    guessing = Guessing()
    told = [throttle for number in range(20) for throttle in guessing.fail(f"user{number}")]
    assert [(each.kind, each.subject, each.reason) for each in told] == [
        (ThrottleKind.ADDRESS, "192.0.2.0/24", ThrottleReason.STUFFING)
    ]


def test_a_hundred_failures_on_few_accounts_throttle_the_prefix() -> None:
    guessing = Guessing()
    told = [throttle for number in range(100) for throttle in guessing.fail(f"user{number % 15}")]
    assert [(each.kind, each.reason) for each in told if each.kind is ThrottleKind.ADDRESS] == [
        (ThrottleKind.ADDRESS, ThrottleReason.FAILURES)
    ]


@pytest.mark.parametrize("outcome", [LoginOutcome.SUCCEEDED, LoginOutcome.THROTTLED, LoginOutcome.SHED])
def test_only_failures_throttle(outcome: LoginOutcome) -> None:
    guessing = Guessing()
    assert not any(guessing.fail(outcome=outcome) for _ in range(500))


@pytest.mark.parametrize("prefix", ["unknown", "many"])
def test_nobody_in_particular_is_not_throttled(prefix: str) -> None:
    guessing = Guessing()
    assert not any(guessing.fail(f"user{number}", prefix=prefix) for number in range(300))


def test_throttle_that_is_over_by_now_is_not_told() -> None:
    guessing = Guessing()
    late = NOON + timedelta(seconds=400)
    for number in range(12):
        event = LoginAttempted(
            account="victim",
            credential=Credential.PACER,
            outcome=LoginOutcome.FAILED,
            address_prefix="192.0.2.0/24",
            attempted_at=NOON,
        )
        assert guessing.state.take(Place(0, number), event, late)[1] == []
