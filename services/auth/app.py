"""The auth role: joins the adapters, then serves the pages while the relays and projections run beside them.

Starts and goes on without Kafka; without Postgres it waits, saying so.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

from services.auth.assembly import Parts, assemble
from services.auth.features import features, loops
from services.auth.portal.app import portal
from services.auth.projection.courts import COURTS_PART, remembered
from services.auth.protection.lag import Lag
from services.auth.protection.places import KnownPlaces
from services.auth.protection.room import Room
from services.auth.settings import AuthSettings
from services.auth.upkeep import DATABASE
from services.runtime.database import Pool, open_pool, open_tidy_pool
from services.runtime.faults import Transient
from services.runtime.health import Health
from services.runtime.log import log
from services.runtime.process import run, serving
from services.runtime.rehearsal import show
from services.runtime.settings import load
from services.runtime.unbroken import unbroken

__all__ = ["Parts", "assemble", "auth", "serve"]

RETRY_S: Final = 1.0
GRACE_S_MAX: Final = 10
# Three relays, two projections and the announcer hold a lock in a session each, the last beside a look of its own.
LEADING_COUNT: Final = 7
_PAGES: Final = "pages"


def auth() -> int:
    """Serve the pages: sign-in, link walk, receipt."""
    settings = load(AuthSettings)

    async def main(health: Health) -> None:
        await serve(settings, health)

    return run("auth", settings, main, parts=(DATABASE, COURTS_PART, _PAGES))


async def serve(settings: AuthSettings, health: Health) -> None:
    """Run auth until cancelled."""
    show(settings, health)
    shared = settings.database_connections - LEADING_COUNT
    # Half of them for those who are signed in: on the others they would wait behind those who sign in.
    inside_count = (shared + 1) // 2
    async with (
        _pool(partial(open_pool, settings, size_max=LEADING_COUNT), health) as leading,
        _pool(partial(open_tidy_pool, settings, size_max=inside_count), health) as inside,
        _pool(partial(open_tidy_pool, settings, size_max=shared - inside_count), health) as pool,
    ):
        parts = assemble(settings, pool, await remembered(pool), health, leading=leading, inside=inside)
        try:
            async with asyncio.TaskGroup() as beside:
                for loop in (*parts.loops, *loops(parts.joint)):
                    beside.create_task(unbroken(loop))
                beside.create_task(_pages(settings, parts, health))
        finally:
            await parts.close()


async def _pages(settings: AuthSettings, parts: Parts, health: Health) -> None:
    joint, lag = parts.joint, Lag()
    pages = portal(
        parts.sign_on,
        parts.linking,
        parts.courts,
        settings,
        features=features(joint),
        room=Room(
            joint.limiter, joint.lanes.sign_in, joint.attempts, lag, places=KnownPlaces(joint.pool, joint.limiter)
        ),
        replays=settings.rehearsal_ring,
    )
    async with (
        lag,
        serving(
            pages,
            host=settings.http_host,
            port=settings.http_port,
            ssl_certfile=settings.tls_cert_path,
            ssl_keyfile=settings.tls_key_path,
            # The pages take the filer's address from TRUSTED_PROXIES themselves.
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=GRACE_S_MAX,
        ) as port,
    ):
        health.ready(_PAGES)
        log.info("pages.served", host=settings.http_host, port=port, tls=settings.tls_cert_path is not None)
        await asyncio.Event().wait()


@asynccontextmanager
async def _pool(opened: Callable[[], Awaitable[Pool]], health: Health) -> AsyncGenerator[Pool]:
    pool: Pool | None = None
    while pool is None:
        try:
            pool = await opened()
        except Transient as trouble:
            health.waiting(DATABASE, str(trouble))
            log.warning("database.waits", cause=str(trouble))
            await asyncio.sleep(RETRY_S)
    health.ready(DATABASE)
    try:
        yield pool
    finally:
        await pool.close()
