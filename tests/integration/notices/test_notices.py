"""A notice in the transaction of its cause, and the key that codes are sealed to."""

from contextlib import suppress
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from services.auth.notices.notices import Notices
from services.auth.notices.seal import REMEMBERED_S
from services.contract.noticekeys import CannotUnseal, NoticeKeys, code_info
from services.contract.notices import FilerNotified, NoticeKind
from services.ops.notice_keys import store
from services.runtime.database import acquired
from services.runtime.faults import Transient
from tests.backends.databases import NOTICE_KEYS
from tests.integration.notices.conftest import Announcing

_NEW = f"newer:{'0d' * 32}"


def _notices(announcing: Announcing) -> Notices:
    return Notices(announcing.auth.pool, committed=lambda: None, clock=lambda: announcing.now)


def _password_changed(announcing: Announcing) -> FilerNotified:
    return FilerNotified(
        notice_id=uuid4(),
        kind=NoticeKind.PASSWORD_CHANGED,
        recipient_name="Alex Attorney",
        recipient_email="alex@example.org",
        noted_at=announcing.now,
        pacer_account="1234567",
    )


async def test_a_notice_is_committed_with_its_cause_or_not_at_all(announcing: Announcing) -> None:
    notices = announcing.auth.parts.joint.notices
    kept, dropped = _password_changed(announcing), _password_changed(announcing)
    async with acquired(announcing.auth.pool) as connection:
        async with connection.transaction():
            await notices.put(connection, kept)
        with suppress(ZeroDivisionError):
            async with connection.transaction():
                await notices.put(connection, dropped)
                raise ZeroDivisionError
    notices.wake()
    async with announcing.auth.running():
        await announcing.relayed()
    assert [notice.notice_id for notice in await announcing.published()] == [kept.notice_id]


async def test_a_code_is_sealed_to_the_current_key(announcing: Announcing) -> None:
    number = UUID(int=7)
    sealed = await _notices(announcing).seal_code("40725518", number)
    assert "40725518" not in sealed
    keys = NoticeKeys.parse(NOTICE_KEYS)
    assert keys.unseal(sealed, code_info(number)) == b"40725518"
    with pytest.raises(CannotUnseal):
        keys.unseal(sealed, code_info(UUID(int=8)))


async def test_a_new_key_is_used_within_a_minute(announcing: Announcing) -> None:
    notices, owner = _notices(announcing), announcing.deployment.database.owner_url
    assert (await notices.seal_code("1", UUID(int=1))).startswith("test-1:")
    assert await store(owner, f"{_NEW}\n{NOTICE_KEYS}") == ["newer", "test-1"]
    assert (await notices.seal_code("1", UUID(int=1))).startswith("test-1:")
    announcing.now += timedelta(seconds=REMEMBERED_S)
    sealed = await notices.seal_code("1", UUID(int=1))
    assert NoticeKeys.parse(_NEW).unseal(sealed, code_info(UUID(int=1))) == b"1"


async def test_keys_that_are_no_longer_given_go(announcing: Announcing) -> None:
    owner = announcing.deployment.database.owner_url
    await store(owner, f"{_NEW}\n{NOTICE_KEYS}")
    await store(owner, _NEW)
    await store(owner, _NEW)
    async with acquired(announcing.auth.pool) as connection:
        rows = await connection.fetch("SELECT key_id, current FROM auth.notice_keys")
    assert [tuple(row.values()) for row in rows] == [("newer", True)]


async def test_without_a_key_the_next_step_is_said(announcing: Announcing) -> None:
    async with acquired(announcing.auth.pool) as connection:
        await connection.execute("DELETE FROM auth.notice_keys")
    with pytest.raises(Transient, match="run `ecflink migrate` with NOTICE_KEYS"):
        await _notices(announcing).seal_code("1", UUID(int=1))


async def test_faulty_keys_change_nothing(announcing: Announcing) -> None:
    with pytest.raises(ValueError, match="line 2"):
        await store(announcing.deployment.database.owner_url, f"{_NEW}\nnonsense")
    async with acquired(announcing.auth.pool) as connection:
        assert await connection.fetchval("SELECT key_id FROM auth.notice_keys") == "test-1"
