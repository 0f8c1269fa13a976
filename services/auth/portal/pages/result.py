"""The end of the walk: the final confirmation, or "received, not yet recorded" until the ledger has the transaction.

Reading it changes nothing, so it can be reloaded, printed and come back to.
"""

from datetime import timedelta
from typing import Final

from starlette.responses import Response

from services.auth.portal.language import gettext
from services.auth.portal.language import marked as _
from services.auth.portal.pages.outcomes import outcome_of
from services.auth.portal.ports import Linking, Outcome
from services.auth.portal.screens import Screens
from services.auth.portal.visit import SignedVisit
from services.contract.deliveries import DeliveryState, LetterKind
from services.contract.reasons import EXPLANATIONS
from services.contract.transactions import LinkTransaction, TransactionStatus
from services.runtime.clock import Clock

OUTCOME_WAIT_S: Final = 3.0
# How long after the request, and how often the page asks then.
_REFRESHES: Final = ((timedelta(minutes=1), 3), (timedelta(minutes=10), 10))
_REFRESH_S_MAX: Final = 30

_MAIL: Final = {
    None: _("It is on its way to {}."),
    DeliveryState.DEFERRED: _("The mail server for {} asked us to wait. It will be sent again."),
    DeliveryState.ACCEPTED: _("Sent to {}."),
    DeliveryState.BOUNCED: _(
        "It could not be delivered to {}. Print or save this page; correct your address at PACER."
    ),
    DeliveryState.HELD: _("Whether it reached {} is not certain. Print or save this page."),
}


class ResultPages:
    """What became of a request."""

    def __init__(self, screens: Screens, linking: Linking, *, now: Clock) -> None:
        self._screens = screens
        self._linking = linking
        self._now = now

    async def show(self, visit: SignedVisit) -> Response:
        """GET /UTBK/link/requests/ID."""
        outcome = await outcome_of(self._linking, visit, wait_s=OUTCOME_WAIT_S)
        if outcome.transaction is None:
            return self._pending(visit, outcome)
        return await self._recorded(visit, outcome, outcome.transaction)

    def _pending(self, visit: SignedVisit, outcome: Outcome) -> Response:
        age = self._now() - outcome.received_at
        delay_s = next((seconds for limit, seconds in _REFRESHES if age < limit), _REFRESH_S_MAX)
        response = self._screens.show("pending.html", visit, status=202, outcome=outcome, delay_s=delay_s)
        response.headers["Refresh"] = str(delay_s)
        return response

    async def _recorded(self, visit: SignedVisit, outcome: Outcome, transaction: LinkTransaction) -> Response:
        link = await self._linking.link_of(visit.session.filer, visit.court.court_id)
        mail = gettext(_MAIL[outcome.letters.get(LetterKind.RECORD)]).format(transaction.request.pacer_email)
        return self._screens.show(
            "receipt.html",
            visit,
            linked=link is not None,
            transaction=transaction,
            processed=transaction.status is TransactionStatus.PROCESSED,
            explanation=EXPLANATIONS[transaction.reason] if transaction.reason else None,
            mail=mail,
        )
