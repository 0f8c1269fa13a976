"""`ecflink courts go-live` and `told`, as an operator runs them."""

import asyncio
from datetime import UTC, datetime

import orjson

from tests.integration.auth.command import ecflink
from tests.integration.notices.conftest import Announcing


async def test_go_live_orders_the_telling_and_says_whom_it_misses(announcing: Announcing) -> None:
    env = announcing.deployment.env("auth")
    await ecflink(env, "courts", "load")
    await announcing.filers(["a", "b", "linked"])
    await announcing.filers(["nowhere"], address=None)
    await announcing.link("linked")
    answer = await ecflink(env, "courts", "go-live", "UTBK")
    assert "3 of its filers are not linked yet and have not been told" in answer.output
    assert "2 of them will be told by mail once it is live" in answer.output
    assert "1 have no address: `ecflink courts told UTBK --list`" in answer.output
    (row,) = orjson.loads((await ecflink(env, "courts", "told", "utbk", "--json")).output)
    assert (row["told"], row["left_to_tell"], row["without_address"], row["finished_at"]) == (0, 2, 1, None)
    listed = orjson.loads((await ecflink(env, "courts", "told", "UTBK", "--list", "--json")).output)
    assert listed == [{"login": "nowhere", "name": "Name nowhere"}]


async def test_no_tell_tells_nobody_and_takes_an_order_back(announcing: Announcing) -> None:
    env = announcing.deployment.env("auth")
    await ecflink(env, "courts", "load")
    await announcing.filers(["a"])
    assert "1 of them are not told" in (await ecflink(env, "courts", "go-live", "UTBK", "--no-tell")).output
    told = await ecflink(env, "courts", "told", "UTBK")
    assert "nobody is being told: `ecflink courts go-live UTBK` orders it" in told.errors
    await ecflink(env, "courts", "go-live", "UTBK")
    answer = await ecflink(env, "courts", "go-live", "UTBK", "--no-tell")
    assert "those of its filers who are not told yet will not be" in answer.output


async def test_bad_times_are_told(announcing: Announcing) -> None:
    env = announcing.deployment.env("auth")
    soon = ("--at", "2026-11-30T13:00Z")
    for faulty in (
        ("--old-way-until", "Friday"),
        (*soon, "--old-way-until", "2026-11-30T12:00Z"),
        (*soon, "--old-way-until", "2026-12-07T12:00Z", "--no-tell"),
    ):
        answer = await ecflink(env, "courts", "go-live", "UTBK", *faulty)
        assert answer.code == 2
        assert "--old-way-until" in answer.errors


async def test_wait_stays_until_all_are_told(announcing: Announcing) -> None:
    env = announcing.deployment.env("auth")
    await ecflink(env, "courts", "load")
    await announcing.filers([f"aty{number}" for number in range(5)])
    announcer = announcing.announcer()
    async with announcing.auth.running():
        announcing.now = datetime(2099, 1, 1, tzinfo=UTC)
        telling = asyncio.create_task(announcer.run())
        answer = await ecflink(env, "courts", "go-live", "UTBK", "--wait")
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)
    assert answer.code == 0
    assert answer.output.rstrip().endswith("5 told, 0 left")
