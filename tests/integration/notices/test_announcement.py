"""A court's filers are told of its go-live: those who can be and need to be, each once."""

import asyncio
from datetime import timedelta

from services.auth.notices import announcements
from services.contract.notices import NoticeKind, announcement_id
from services.runtime.database import acquired
from tests.integration.notices.conftest import LIVE_AT, Announcing


async def test_those_who_are_not_linked_are_told_once(announcing: Announcing) -> None:
    await announcing.filers(["alex", "Señor@& $", "linked"])
    await announcing.filers(["nowhere"], address=None)
    await announcing.filers(["blank"], address="")
    await announcing.filers(["gone"], status="inactive")
    await announcing.link("linked")
    await announcing.order(until=LIVE_AT + timedelta(days=7))
    await announcing.tell(times=3)
    told = await announcing.waiting()
    assert {notice.cmecf_login for notice in told} == {"alex", "Señor@& $"}
    assert len(told) == 2
    (alex,) = [notice for notice in told if notice.cmecf_login == "alex"]
    assert alex.notice_id == announcement_id("UTBK", "alex")
    assert (alex.kind, alex.recipient_email, alex.live_at) == (NoticeKind.COURT_LIVE, "alex@example.org", LIVE_AT)
    assert alex.old_way_until == LIVE_AT + timedelta(days=7)
    progress = await announcing.progress()
    assert (progress.told, progress.left_to_tell, progress.without_address) == (2, 0, 2)
    assert progress.finished_at is not None


async def test_no_more_are_told_in_a_second_than_is_set(announcing: Announcing) -> None:
    await announcing.filers([f"aty{number:03}" for number in range(25)])
    await announcing.order()
    for told in (10, 20, 25):
        await announcing.tell(per_second=10)
        assert len(await announcing.waiting()) == told
    assert len({notice.notice_id for notice in await announcing.waiting()}) == 25


async def test_nobody_is_told_before_the_court_is_live(announcing: Announcing) -> None:
    await announcing.filers(["alex"])
    await announcing.order(live_at=announcing.now + timedelta(seconds=1))
    await announcing.tell()
    assert not await announcing.waiting()
    announcing.now += timedelta(seconds=1)
    await announcing.tell()
    assert len(await announcing.waiting()) == 1


async def test_who_links_meanwhile_is_passed_over(announcing: Announcing) -> None:
    await announcing.filers(["a", "b", "c"])
    await announcing.order()
    await announcing.tell(per_second=1)
    await announcing.link("b")
    await announcing.tell(times=3, per_second=1)
    assert [notice.cmecf_login for notice in await announcing.waiting()] == ["a", "c"]


async def test_a_second_order_tells_nobody_twice(announcing: Announcing) -> None:
    await announcing.filers(["a", "b", "c"])
    await announcing.order()
    await announcing.tell(per_second=2)
    await announcing.order(live_at=LIVE_AT + timedelta(seconds=1))
    await announcing.tell(times=3, per_second=2)
    await announcing.order()
    await announcing.tell(times=3)
    assert [notice.cmecf_login for notice in await announcing.waiting()] == ["a", "b", "c"]
    assert (await announcing.progress()).told == 3


async def test_an_order_taken_back_tells_nobody_more(announcing: Announcing) -> None:
    await announcing.filers(["a", "b"])
    await announcing.order()
    await announcing.tell(per_second=1)
    async with acquired(announcing.auth.pool) as connection:
        assert await announcements.withdraw(connection, "UTBK")
        assert not await announcements.reopen(connection, LIVE_AT - timedelta(days=1))
    await announcing.tell(times=2)
    assert len(await announcing.waiting()) == 1


async def test_accounts_that_come_later_are_found_while_the_go_live_is_news(announcing: Announcing) -> None:
    await announcing.filers(["b"])
    await announcing.order()
    await announcing.tell(times=2)
    await announcing.filers(["a", "c"])
    async with acquired(announcing.auth.pool) as connection:
        assert not await announcements.reopen(connection, LIVE_AT)
        assert await announcements.reopen(connection, LIVE_AT - timedelta(days=30)) == ["UTBK"]
        assert not await announcements.reopen(connection, LIVE_AT - timedelta(days=30))
    await announcing.tell(times=2)
    assert [notice.cmecf_login for notice in await announcing.waiting()] == ["b", "a", "c"]


async def test_an_address_that_no_mail_can_go_to_stops_nobody_else(announcing: Announcing) -> None:
    await announcing.filers(["a"], address="not an address")
    await announcing.filers(["b"])
    await announcing.order()
    await announcing.tell(times=2)
    assert [notice.cmecf_login for notice in await announcing.waiting()] == ["b"]


async def test_two_processes_tell_each_filer_once(announcing: Announcing) -> None:
    logins = [f"aty{number:03}" for number in range(60)]
    await announcing.filers(logins)
    await announcing.order()
    loops = [asyncio.create_task(announcing.announcer(per_second=25).run()) for _ in range(3)]
    await announcing.finished()
    for loop in loops:
        loop.cancel()
    await asyncio.gather(*loops, return_exceptions=True)
    assert sorted(notice.cmecf_login or "" for notice in await announcing.waiting()) == logins


async def test_what_is_told_leaves_through_the_relay(announcing: Announcing) -> None:
    await announcing.filers([f"aty{number}" for number in range(30)])
    await announcing.order()
    await announcing.tell(times=3)
    made = await announcing.waiting()
    async with announcing.auth.running():
        await announcing.relayed()
    published = await announcing.published()
    assert {notice.notice_id for notice in published} == {notice.notice_id for notice in made}
    for record in await announcing.records():
        notice = made[0].model_validate_json(record.value)
        assert record.key == f"UTBK:{notice.cmecf_login}".encode()
        assert dict(record.headers)["ce_id"] == str(notice.notice_id).encode()
