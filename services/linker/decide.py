"""Deciding links: existing links and requests in order → outcomes in order. Pure: no clock, no database, no broker.

Two requests of one batch that want the same account are decided one after the other, as if alone.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Final, NamedTuple

from services.contract.requests import LinkRequested, RequestKind
from services.contract.transactions import Reason, TransactionStatus

PROOF_AGE_MAX: Final = timedelta(minutes=10)
_NO_AGE: Final = timedelta(0)


class Link(NamedTuple):
    """An active link and the transaction that made it."""

    court_id: str
    pacer_account: str
    cmecf_canonical: str
    transaction_id: int


class Outcome(NamedTuple):
    """What a request becomes. `added` and `ended` are the link that it makes or ends; both null for a refusal."""

    transaction_id: int
    status: TransactionStatus
    reason: Reason | None = None
    cites: int | None = None
    added: Link | None = None
    ended: Link | None = None


class _Links:
    """The active links of the accounts in question, by each of the two accounts."""

    def __init__(self, links: Iterable[Link]) -> None:
        self._by_pacer: dict[tuple[str, str], Link] = {}
        self._by_cmecf: dict[tuple[str, str], Link] = {}
        for link in links:
            self.add(link)

    def add(self, link: Link) -> None:
        self._by_pacer[link.court_id, link.pacer_account] = link
        self._by_cmecf[link.court_id, link.cmecf_canonical] = link

    def end(self, link: Link) -> None:
        del self._by_pacer[link.court_id, link.pacer_account]
        del self._by_cmecf[link.court_id, link.cmecf_canonical]

    def of(self, request: LinkRequested) -> tuple[Link | None, Link | None]:
        """Return the link of the request's PACER account and the link of its CM/ECF account, at its court."""
        court = request.court_id
        return self._by_pacer.get((court, request.pacer_account)), self._by_cmecf.get((court, request.cmecf_canonical))


def decide(requests: Sequence[LinkRequested], links: Iterable[Link], ids: Sequence[int]) -> list[Outcome]:
    """Decide requests in order. `links` are the active links that touch any account named; `ids` the transaction id
    that
    each request gets. Returns one outcome per request, in order.
    """
    known = _Links(links)
    outcomes = []
    for request, number in zip(requests, ids, strict=True):
        outcome = (
            _unlink(request, known, number) if request.request is RequestKind.UNLINK else _link(request, known, number)
        )
        if outcome.added is not None:
            known.add(outcome.added)
        if outcome.ended is not None:
            known.end(outcome.ended)
        outcomes.append(outcome)
    return outcomes


def _link(request: LinkRequested, known: _Links, number: int) -> Outcome:
    reason = _ineligible(request)
    if reason is not None:
        return Outcome(number, TransactionStatus.REJECTED, reason)
    of_pacer, of_cmecf = known.of(request)
    if of_pacer is not None and of_pacer == of_cmecf:
        return Outcome(number, TransactionStatus.PROCESSED, Reason.ALREADY_LINKED, of_pacer.transaction_id)
    if of_pacer is not None:
        return Outcome(number, TransactionStatus.REJECTED, Reason.PACER_ALREADY_LINKED, of_pacer.transaction_id)
    if of_cmecf is not None:
        return Outcome(number, TransactionStatus.REJECTED, Reason.CMECF_ALREADY_LINKED, of_cmecf.transaction_id)
    link = Link(request.court_id, request.pacer_account, request.cmecf_canonical, number)
    return Outcome(number, TransactionStatus.PROCESSED, added=link)


def _unlink(request: LinkRequested, known: _Links, number: int) -> Outcome:
    if not _fresh(request):
        return Outcome(number, TransactionStatus.REJECTED, Reason.PROOF_EXPIRED)
    of_pacer, of_cmecf = known.of(request)
    if of_pacer is None or of_pacer != of_cmecf:
        return Outcome(number, TransactionStatus.REJECTED, Reason.NOT_LINKED)
    return Outcome(number, TransactionStatus.PROCESSED, cites=of_pacer.transaction_id, ended=of_pacer)


def _ineligible(request: LinkRequested) -> Reason | None:
    if not _fresh(request):
        return Reason.PROOF_EXPIRED
    if request.court_live_at is None or request.confirmed_at < request.court_live_at:
        return Reason.COURT_NOT_LIVE
    return None if request.pacer_upgraded else Reason.PACER_LEGACY


def _fresh(request: LinkRequested) -> bool:
    """Both times are auth's and under the proof, so a backlog of hours changes nothing."""
    return _NO_AGE <= request.confirmed_at - request.verified_at <= PROOF_AGE_MAX
