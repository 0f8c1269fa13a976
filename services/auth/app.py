"""The auth role: joins the adapters, then serves the pages while the relays and projections run beside them.

Starts and goes on without Kafka; without Postgres it waits, saying so.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Final, NamedTuple

from services.auth.linking.forms import Forms
from services.auth.linking.walk import LinkWalk
from services.auth.metrics import Metrics
from services.auth.outbox.failures import publish_failures
from services.auth.outbox.relay import Relay
from services.auth.portal.app import portal
from services.auth.projection.arrivals import Arrivals
from services.auth.projection.courts import COURTS_PART, CourtFollower, CourtRegistry, remembered
from services.auth.projection.deliveries import Deliveries
from services.auth.projection.follow import Follower, Projection
from services.auth.projection.transactions import Transactions
from services.auth.settings import AuthSettings
from services.auth.signon.attempts import Attempts
from services.auth.signon.passwords import Lanes
from services.auth.signon.sessions import Sessions
from services.auth.signon.sign_on import AccountSignOn
from services.contract.topics import AUTH_LOGINS, LINK_REQUESTS
from services.runtime.clock import now
from services.runtime.database import Pool, acquired, open_pool
from services.runtime.faults import Transient
from services.runtime.health import Health
from services.runtime.log import log
from services.runtime.process import run, serving
from services.runtime.settings import load
from services.runtime.unbroken import unbroken

RETRY_S: Final = 1.0
PROBE_S: Final = 2.0
SWEEP_S: Final = 300.0
GRACE_S_MAX: Final = 10
# Nobody waits for the event of a sign-in; a rush of them goes out together.
LOGIN_GATHER_S: Final = 0.05
_DATABASE: Final = "database"
_PAGES: Final = "pages"


class Parts(NamedTuple):
    """Auth, joined: what the pages call, and the loops that run beside them."""

    sign_on: AccountSignOn
    linking: LinkWalk
    courts: CourtRegistry
    lanes: Lanes
    loops: list[Callable[[], Coroutine[None, None, None]]]


def auth() -> int:
    """Serve the pages: sign-in, link walk, receipt."""
    settings = load(AuthSettings)

    async def main(health: Health) -> None:
        await serve(settings, health)

    return run("auth", settings, main, parts=(_DATABASE, COURTS_PART, _PAGES))


async def serve(settings: AuthSettings, health: Health) -> None:
    """Run auth until cancelled."""
    async with _pool(settings, health) as pool:
        parts = assemble(settings, pool, await remembered(pool), health)
        try:
            async with asyncio.TaskGroup() as beside:
                for loop in parts.loops:
                    beside.create_task(unbroken(loop))
                beside.create_task(_pages(settings, parts, health))
        finally:
            parts.lanes.close()


def assemble(settings: AuthSettings, pool: Pool, courts: CourtRegistry, health: Health) -> Parts:
    """Join the adapters. Nothing runs until the loops do."""
    secret = settings.form_secret.get_secret_value().encode()
    metrics, arrivals, lanes = Metrics(health.registry), Arrivals(), Lanes(settings.hash_threads)
    attempts = Attempts(secret, metrics, now)
    logins = Relay(settings, AUTH_LOGINS, pool, metrics, gather_s=LOGIN_GATHER_S)
    requests = Relay(settings, LINK_REQUESTS, pool, metrics)
    sign_on = AccountSignOn(pool=pool, lane=lanes.sign_in, attempts=attempts, committed=logins.wake, clock=now)
    linking = LinkWalk(
        pool=pool,
        lane=lanes.walk,
        attempts=attempts,
        forms=Forms(secret),
        key_ring=settings.key_ring,
        arrivals=arrivals,
        metrics=metrics,
        committed=requests.wake,
        login_committed=logins.wake,
        clock=now,
    )
    projections: tuple[Projection, ...] = (Transactions(arrivals, metrics), Deliveries(metrics))
    followers = [
        Follower(settings=settings, pool=pool, projection=projection, health=health, metrics=metrics)
        for projection in projections
    ]
    loops: list[Callable[[], Coroutine[None, None, None]]] = [
        partial(CourtFollower(settings, pool, courts, metrics).run, health),
        *(partial(relay.run, health) for relay in (logins, requests)),
        *(follower.run for follower in followers),
        partial(publish_failures, settings, attempts, health),
        partial(_watch, pool, health),
        partial(_sweep, Sessions(pool)),
    ]
    return Parts(sign_on, linking, courts, lanes, loops)


async def _pages(settings: AuthSettings, parts: Parts, health: Health) -> None:
    pages = portal(parts.sign_on, parts.linking, parts.courts, settings)
    async with serving(
        pages,
        host=settings.http_host,
        port=settings.http_port,
        ssl_certfile=settings.tls_cert_path,
        ssl_keyfile=settings.tls_key_path,
        # The pages take the filer's address from TRUSTED_PROXIES themselves.
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_S_MAX,
    ) as port:
        health.ready(_PAGES)
        log.info("pages.served", host=settings.http_host, port=port, tls=settings.tls_cert_path is not None)
        await asyncio.Event().wait()


@asynccontextmanager
async def _pool(settings: AuthSettings, health: Health) -> AsyncGenerator[Pool]:
    pool: Pool | None = None
    while pool is None:
        try:
            pool = await open_pool(settings, size_max=settings.database_connections)
        except Transient as trouble:
            health.waiting(_DATABASE, str(trouble))
            log.warning("database.waits", cause=str(trouble))
            await asyncio.sleep(RETRY_S)
    health.ready(_DATABASE)
    try:
        yield pool
    finally:
        await pool.close()


async def _watch(pool: Pool, health: Health) -> None:
    while True:
        try:
            async with acquired(pool) as connection:
                await connection.execute("SELECT 1")
            health.ready(_DATABASE)
        except Transient as trouble:
            health.waiting(_DATABASE, str(trouble))
            # Idle connections are as dead as the one that told us: let the next filer have a new one.
            await pool.expire_connections()
        await asyncio.sleep(PROBE_S)


async def _sweep(sessions: Sessions) -> None:
    while True:
        with suppress(Transient):  # the next round sweeps what this one did not
            await sessions.sweep(now())
        await asyncio.sleep(SWEEP_S)
