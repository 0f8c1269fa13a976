"""What became of a request that is named in an address: the filer's own, at this court, or a page that says so."""

from services.auth.portal.faults import PageFault
from services.auth.portal.language import marked as _
from services.auth.portal.ports import Linking, Outcome
from services.auth.portal.visit import SignedVisit


async def outcome_of(linking: Linking, visit: SignedVisit, *, wait_s: float) -> Outcome:
    """Return the outcome, waiting so long for its transaction. Raises PageFault (404)."""
    request_id = visit.request.path_params["request_id"]
    outcome = await linking.outcome(visit.session.filer, request_id, wait_s=wait_s)
    if outcome is None or outcome.court_id != visit.court.court_id:
        raise PageFault(
            404,
            _("Request not found"),
            _("Your account has no request with this number at this court."),
            _("Choose Utilities, then View my link transactions, to see what you asked for."),
        )
    return outcome
