"""The link walk as the pages call it: check, prove, confirm, outcome."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from uuid_utils.compat import uuid7

from services.auth.linking.barriers import barrier_of
from services.auth.linking.before import Before, before_confirming
from services.auth.linking.forms import Forms, Proven, bound, fresh
from services.auth.linking.proving import Proving
from services.auth.linking.receive import receive
from services.auth.linking.record import Record
from services.auth.metrics import Metrics
from services.auth.portal.pairs import NamesDiffer, Pair
from services.auth.portal.ports import (
    Client,
    Filer,
    FormStale,
    LinkRefused,
    Outcome,
    Session,
    Standing,
)
from services.auth.projection.arrivals import Arrivals
from services.auth.signon.accounts import CmecfAccount
from services.contract.courts import Court
from services.contract.proof import KeyRing
from services.contract.requests import LinkRequested, RequestKind
from services.contract.transactions import LinkTransaction, Reason
from services.runtime.clock import Clock
from services.runtime.database import Pool, acquired
from services.runtime.log import log

# Another process of auth may hold the projection: then nobody wakes us, and we look.
LOOK_S: Final = 0.4


@dataclass(frozen=True, kw_only=True)
class LinkWalk:
    """Implements the pages' `Linking`. `committed` wakes the relay of link requests."""

    pool: Pool
    proving: Proving
    forms: Forms
    key_ring: KeyRing
    arrivals: Arrivals
    metrics: Metrics
    committed: Callable[[], None]
    clock: Clock

    async def link_of(self, filer: Filer, court_id: str) -> LinkTransaction | None:
        """Return the transaction of the filer's active link at a court."""
        return await Record(self.pool).link(court_id, filer.pacer_account)

    async def standings(self, filer: Filer) -> list[Standing]:
        """Return how the filer stands at each court where something happened, by court id."""
        return await Record(self.pool).standings(filer.pacer_account)

    async def check(self, filer: Filer, court: Court) -> None:
        """Raise LinkRefused when this filer cannot link at this court, whatever the CM/ECF account."""
        _open_to(filer, court, await self.link_of(filer, court.court_id), self.clock())

    async def prove(self, session: Session, court: Court, login: str, password: str, *, client: Client) -> Pair:
        """Verify the CM/ECF credentials. Raises CmecfRefused, LinkRefused, Throttled or Busy."""
        await self.check(session.filer, court)
        account, verified_at = await self.proving.prove(session, court, login, password, client=client)
        return self._pair(session, court, account, verified_at)

    def _pair(self, session: Session, court: Court, account: CmecfAccount, verified_at: datetime) -> Pair:
        proven = Proven(
            request_id=uuid7(),
            court_id=court.court_id,
            pacer_account=session.filer.pacer_account,
            cmecf_canonical=account.canonical,
            verifier=account.verifier,
            verified_at=verified_at,
            session=bound(session),
        )
        return Pair(self.forms.write(proven), session.filer.name, account.name, account.login)

    async def confirm(
        self, session: Session, court: Court, form_token: str, *, client: Client, both_are_me: str = ""
    ) -> UUID:
        """Commit the request and return its id; the same token gives the same id.

        Raises FormStale, LinkRefused, or NamesDiffer unless `both_are_me` is the pair's own acknowledgment.
        """
        proven = self.forms.read(form_token, session, court.court_id)
        known = await before_confirming(self.pool, proven)
        # Before every other check: a retry of what was received is answered, even when it comes late or after the link.
        if known.received:
            return proven.request_id
        request = self._request(session.filer, court, proven, known)
        _acknowledged(Pair(form_token, request.pacer_name, request.cmecf_name, request.cmecf_login), both_are_me)
        async with acquired(self.pool) as connection:
            request_id = await receive(connection, request, self.key_ring, client.traceparent, confirmed_by=client)
        self.committed()
        if request_id == request.request_id:
            self.metrics.requests.inc()
            log.info("request.received", request_id=str(request_id), court=court.court_id)
        return request_id

    def _request(self, filer: Filer, court: Court, proven: Proven, known: Before) -> LinkRequested:
        now, account = self.clock(), known.account
        if not fresh(proven, now):
            raise FormStale
        _open_to(filer, court, known.link, now)
        if account is None or account.verifier != proven.verifier:
            raise FormStale
        return LinkRequested(
            request_id=proven.request_id,
            request=RequestKind.LINK,
            court_id=court.court_id,
            court_live_at=court.live_at,
            pacer_account=filer.pacer_account,
            pacer_name=filer.name,
            pacer_email=filer.email,
            pacer_upgraded=filer.upgraded,
            cmecf_login=account.login,
            cmecf_canonical=account.canonical,
            cmecf_name=account.name,
            cmecf_email=account.email,
            verifier_version=proven.verifier,
            verified_at=proven.verified_at,
            confirmed_at=now,
        )

    async def outcome(self, filer: Filer, request_id: UUID, *, wait_s: float) -> Outcome | None:
        """Return what became of the filer's request, waiting up to `wait_s` seconds; None where it is not theirs."""
        record, deadline = Record(self.pool), asyncio.get_running_loop().time() + wait_s
        async with self.arrivals.expecting(request_id) as arrived:
            while True:
                known = await record.outcome(request_id, filer.pacer_account)
                left_s = deadline - asyncio.get_running_loop().time()
                if known is None or known.transaction is not None or left_s <= 0 or arrived is None:
                    return known
                await _arrival(arrived, min(left_s, LOOK_S))

    async def history(self, filer: Filer, court_id: str) -> list[LinkTransaction]:
        """Return the filer's transactions at a court, newest first."""
        return await Record(self.pool).history(court_id, filer.pacer_account)


def _open_to(filer: Filer, court: Court, link: LinkTransaction | None, now: datetime) -> None:
    """Raise LinkRefused when this filer, whose link at this court is `link`, cannot link there."""
    if link is not None:
        raise LinkRefused(Reason.ALREADY_LINKED, link)
    if court.live_at is None or court.live_at > now:
        raise LinkRefused(Reason.COURT_NOT_LIVE)
    barrier = barrier_of(filer)
    if barrier is not None:
        raise LinkRefused(barrier)


def _acknowledged(pair: Pair, both_are_me: str) -> None:
    """Hold the very names that the request will carry against what was ticked: another tab may have shown others."""
    if not pair.names_agree and both_are_me != pair.acknowledgment:
        raise NamesDiffer(pair)


async def _arrival(arrived: asyncio.Event, wait_s: float) -> None:
    try:
        await asyncio.wait_for(arrived.wait(), wait_s)
    except TimeoutError:
        return
