"""The loops that lead by a lock in their session have connections of their own: no rush at the pages stops them."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import timedelta

import pytest

from services.auth.app import LEADING_COUNT, assemble
from services.auth.notices import announcements
from services.auth.notices.announce import Announcer
from services.auth.outbox import rows
from services.auth.outbox.rows import Row
from services.contract.topics import AUTH_LOGINS, LINK_REQUESTS
from services.runtime.clock import now
from services.runtime.database import acquired, open_pool, open_tidy_pool
from services.runtime.health import Health
from tests.backends.deployment import Deployment
from tests.integration.auth.conftest import CLIENT, PASSWORD, Auth
from tests.integration.auth.ledger import Ledger, requested

# Three relays and two projections.
LOCK_COUNT = 5
_LOCKS = "(SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database"
_HELD = f"SELECT {_LOCKS} WHERE datname = current_database()))"


@pytest.fixture
async def crowded(auth: Auth) -> AsyncGenerator[Auth]:
    """The same auth, joined as the role joins it, with every connection of the pages taken."""
    pages, health = await open_tidy_pool(auth.settings, size_max=1), Health()
    leading = await open_pool(auth.settings, size_max=LEADING_COUNT)
    parts = assemble(auth.settings, pages, auth.parts.courts, health, leading=leading)
    parts.loops.append(Announcer(parts.joint).run)
    try:
        async with acquired(pages):
            yield replace(auth, parts=parts, health=health)
    finally:
        await parts.close()
        await leading.close()
        await pages.close()


async def test_who_is_signed_in_goes_on_while_the_door_has_no_connection(auth: Auth) -> None:
    session = await auth.session()
    door = await open_tidy_pool(auth.settings, size_max=1)
    parts = assemble(auth.settings, door, auth.parts.courts, Health(), inside=auth.pool)
    async with acquired(door):
        found = await parts.sign_on.touch(session)
        form = (await parts.linking.prove(found, auth.court, "atyalex", PASSWORD, client=CLIENT)).form_token
        await parts.linking.confirm(found, auth.court, form, client=CLIENT)
    await parts.close()
    await door.close()
    assert await auth.count("attempts") == 1


async def test_relays_and_projections_go_on_while_the_pages_have_no_connection(
    crowded: Auth, deployment: Deployment
) -> None:
    async with acquired(crowded.pool) as connection:
        for topic in (AUTH_LOGINS, LINK_REQUESTS):
            await rows.insert(connection, Row(topic, b"111111", [], b"{}"))
    async with crowded.running():
        await crowded.until("outbox", "true", count=0)
        ledger = Ledger(deployment.kafka, deployment.partition_count)
        await ledger.publish(ledger.record(requested()))
        await crowded.until("transactions", "true")


async def test_announcer_tells_while_the_pages_have_no_connection(crowded: Auth) -> None:
    async with acquired(crowded.pool) as connection:
        await announcements.order(connection, "UTBK", now() - timedelta(minutes=1), None, now())
    async with crowded.running():
        await crowded.until("announcements", "finished_at IS NOT NULL")


async def test_each_leading_loop_holds_its_lock_for_as_long_as_it_runs(crowded: Auth) -> None:
    async with crowded.running(), asyncio.timeout(20):
        while await held(crowded) != LOCK_COUNT:  # noqa: ASYNC110 - a database has no event to wait for
            await asyncio.sleep(0.02)
    assert await held(crowded) == 0


async def held(auth: Auth) -> int:
    """Return how many advisory locks are held in this test's database."""
    async with acquired(auth.pool) as connection:
        count: int = await connection.fetchval(_HELD)
    return count


async def test_connections_of_the_pages_are_open_before_the_first_filer(auth: Auth) -> None:
    pool = await open_tidy_pool(auth.settings, size_max=3)
    assert pool.get_idle_size() == 3
    await pool.close()
