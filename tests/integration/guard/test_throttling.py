"""Guessing is throttled: the verdict is published, auth's side knows it, and it ends."""

import asyncio
from datetime import timedelta

import pytest
from prometheus_client import CollectorRegistry

from services.auth.protection.throttles import Throttles
from services.contract.logins import LoginOutcome
from services.contract.throttles import ThrottleKind, ThrottleReason
from services.runtime.clock import now
from services.runtime.health import Health
from tests.integration.guard.stage import GuardStage, login


async def test_account_prefix_and_stuffing_are_throttled_and_auth_knows(guard: GuardStage) -> None:
    await guard.start()
    throttles = Throttles(guard.kafka, CollectorRegistry())
    following = asyncio.create_task(throttles.run(Health()))

    await guard.publish([login("victim", prefix=f"10.1.{number}.0/24") for number in range(10)])
    await guard.publish([login(f"user{number}", prefix="198.51.100.0/24") for number in range(20)])
    await guard.publish([login(f"a{number % 4}", prefix="203.0.113.0/24") for number in range(36)])
    await guard.publish([login("typo"), login("right", outcome=LoginOutcome.SUCCEEDED)])

    found = await guard.throttled("account:victim", "address:198.51.100.0/24")
    assert {key: value.reason for key, value in found.items() if value} == {
        "account:victim": ThrottleReason.FAILURES,
        "address:198.51.100.0/24": ThrottleReason.STUFFING,
    }
    async with asyncio.timeout(30):
        while not throttles.until(ThrottleKind.ADDRESS, "198.51.100.0/24", now()):  # noqa: ASYNC110 - the broker
            await asyncio.sleep(0.1)
    assert throttles.until(ThrottleKind.ACCOUNT, "victim", now()) == found["account:victim"].until  # type: ignore[union-attr]
    assert throttles.until(ThrottleKind.ACCOUNT, "typo", now()) is None
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)


@pytest.mark.thorough
async def test_throttle_ends_with_a_tombstone_and_the_next_is_longer(guard: GuardStage) -> None:
    guard.settings |= {"THROTTLE_S": "10"}
    await guard.start()
    await guard.publish([login("victim") for _ in range(10)])
    first = (await guard.throttled("account:victim"))["account:victim"]
    assert first is not None
    await guard.until(lambda: ended(guard, "account:victim"), 1)

    await guard.publish([login("victim", at=first.until + timedelta(milliseconds=1))])

    second = (await guard.throttled("account:victim"))["account:victim"]
    assert second is not None
    assert second.since == first.since
    assert second.until - first.until == timedelta(seconds=21)


async def ended(guard: GuardStage, key: str) -> float:
    found = await guard.throttles()
    return float(key in found and found[key] is None)
