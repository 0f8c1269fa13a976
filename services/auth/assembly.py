"""Joining the parts of auth: what the pages call, and the loops that run beside them."""

from collections.abc import Callable, Coroutine
from datetime import timedelta
from functools import partial
from typing import Final, NamedTuple

from services.auth.factors.factors import Factors
from services.auth.joint import Joint
from services.auth.linking.forms import Forms
from services.auth.linking.proving import Proving
from services.auth.linking.walk import LinkWalk
from services.auth.metrics import Metrics
from services.auth.notices.notices import GATHER_S, Notices
from services.auth.outbox.failures import publish_failures
from services.auth.outbox.relay import Relay
from services.auth.projection.arrivals import Arrivals
from services.auth.projection.courts import CourtFollower, CourtRegistry
from services.auth.projection.deliveries import Deliveries
from services.auth.projection.follow import Follower, Projection
from services.auth.projection.transactions import Transactions
from services.auth.protection.limiter import Limiter
from services.auth.protection.throttles import Throttles
from services.auth.settings import AuthSettings, PacerVerifier
from services.auth.signon.attempts import Attempts
from services.auth.signon.checking import PasswordCheck
from services.auth.signon.dummies import Dummies
from services.auth.signon.passwords import Lanes
from services.auth.signon.rehash import Rehash
from services.auth.signon.remote.verifier import RemoteVerifier
from services.auth.signon.sessions import Limits, SessionLimits, Sessions
from services.auth.signon.sign_on import AccountSignOn
from services.auth.signon.verifiers import OwnVerifier
from services.auth.upkeep import sweep, watch
from services.contract.topics import AUTH_LOGINS, FILER_NOTICES, LINK_REQUESTS
from services.runtime.clock import now
from services.runtime.database import Pool
from services.runtime.health import Health

# Nobody waits for the event of a sign-in; a rush of them goes out together.
LOGIN_GATHER_S: Final = 0.25


class Parts(NamedTuple):
    """Auth, joined: what the pages call, and the loops that run beside them."""

    sign_on: AccountSignOn
    linking: LinkWalk
    courts: CourtRegistry
    lanes: Lanes
    loops: list[Callable[[], Coroutine[None, None, None]]]
    joint: Joint
    verifier: OwnVerifier | RemoteVerifier

    async def close(self) -> None:
        """Let go of threads and connections."""
        self.lanes.close()
        if isinstance(self.verifier, RemoteVerifier):
            await self.verifier.close()


def assemble(
    settings: AuthSettings,
    pool: Pool,
    courts: CourtRegistry,
    health: Health,
    *,
    leading: Pool | None = None,
    inside: Pool | None = None,
) -> Parts:
    """Join the adapters. Nothing runs until the loops do.

    `leading`: the pool of those loops that hold a lock in their session, where `pool` resets none. `inside`: that of
    sessions and the link walk, which a rush at the door leaves alone.
    """
    leading, inside = leading or pool, inside or pool
    secret = settings.form_secret.get_secret_value().encode()
    metrics, arrivals = Metrics(health.registry), Arrivals()
    lanes = Lanes(settings.hash_threads, settings.hash_queue_count_max)
    attempts = Attempts(secret, metrics, now)
    logins = Relay(settings, AUTH_LOGINS, leading, metrics, gather_s=LOGIN_GATHER_S)
    requests = Relay(settings, LINK_REQUESTS, leading, metrics)
    told = Relay(settings, FILER_NOTICES, leading, metrics, gather_s=GATHER_S)
    throttles = Throttles(settings, health.registry)
    limiter = Limiter(settings, throttles, secret, now)
    factors = Factors(pool, settings)
    rehash = Rehash(pool, lanes.upkeep, metrics, now)
    limits = session_limits(settings)
    pacer, cmecf = Dummies(secret, "pacer_accounts"), Dummies(secret, "cmecf_accounts")
    remote = settings.pacer_verifier is PacerVerifier.REMOTE
    verifier = RemoteVerifier(settings, health) if remote else OwnVerifier(lanes.sign_in, pacer)
    check = PasswordCheck(
        pool=pool,
        lane=lanes.sign_in,
        verifier=verifier,
        attempts=attempts,
        limiter=limiter,
        rehash=None if remote else rehash,
        clock=now,
    )
    sign_on = AccountSignOn(
        pool=pool,
        inside=inside,
        check=check,
        factors=factors,
        limits=limits,
        committed=logins.wake,
        clock=now,
    )
    proving = Proving(
        pool=inside,
        lane=lanes.walk,
        dummies=cmecf,
        attempts=attempts,
        limiter=limiter,
        rehash=rehash,
        committed=logins.wake,
        clock=now,
    )
    linking = LinkWalk(
        pool=inside,
        proving=proving,
        forms=Forms(secret),
        key_ring=settings.key_ring,
        arrivals=arrivals,
        metrics=metrics,
        committed=requests.wake,
        clock=now,
    )
    joint = Joint(
        settings=settings,
        pool=pool,
        leading=leading,
        health=health,
        metrics=metrics,
        clock=now,
        courts=courts,
        lanes=lanes,
        attempts=attempts,
        limiter=limiter,
        throttles=throttles,
        notices=Notices(pool, committed=told.wake, clock=now),
        factors=factors,
        sign_on=sign_on,
        linking=linking,
    )
    loops: list[Callable[[], Coroutine[None, None, None]]] = [
        partial(CourtFollower(settings, pool, courts, metrics).run, health),
        *(partial(relay.run, health) for relay in (logins, requests, told)),
        *_followers(joint, arrivals),
        partial(publish_failures, settings, attempts, health),
        partial(watch, (inside, pool), health),
        partial(sweep, pool, Sessions(pool, limits), (pacer, cmecf)),
        rehash.run,
    ]
    return Parts(sign_on, linking, courts, lanes, loops, joint, verifier)


def session_limits(settings: AuthSettings) -> SessionLimits:
    """Return how long sessions last, by origin."""
    return SessionLimits(
        pages=Limits(timedelta(seconds=settings.session_idle_s), timedelta(seconds=settings.session_absolute_s)),
        api=Limits(timedelta(seconds=settings.api_idle_s), timedelta(seconds=settings.api_absolute_s)),
    )


def _followers(joint: Joint, arrivals: Arrivals) -> list[Callable[[], Coroutine[None, None, None]]]:
    projections: tuple[Projection, ...] = (Transactions(arrivals, joint.metrics), Deliveries(joint.metrics))
    return [
        Follower(
            settings=joint.settings,
            pool=joint.leading,
            projection=projection,
            health=joint.health,
            metrics=joint.metrics,
        ).run
        for projection in projections
    ]
