"""The page of a link that cannot be made: what stands in the way, the next step, and the desk that can help."""

from typing import Final

from starlette.responses import Response

from services.auth.portal.ports import LinkRefused
from services.auth.portal.screens import Screens
from services.auth.portal.visit import SignedVisit
from services.contract.reasons import EXPLANATIONS
from services.contract.transactions import Reason

_TITLES: Final = {
    Reason.ALREADY_LINKED: "Your accounts are already linked",
    Reason.COURT_NOT_LIVE: "Linking is not yet open at this court",
    Reason.PACER_LEGACY: "Your PACER account must be upgraded first",
    Reason.PACER_ALREADY_LINKED: "Your PACER account is already linked",
    Reason.CMECF_ALREADY_LINKED: "This CM/ECF account is already linked",
    Reason.PROOF_EXPIRED: "Too much time has passed",
    Reason.NOT_LINKED: "These accounts are not linked",
}
_LINKED: Final = {Reason.ALREADY_LINKED, Reason.PACER_ALREADY_LINKED}


def refusal_page(screens: Screens, visit: SignedVisit, refused: LinkRefused) -> Response:
    """Answer with the reason. Being linked already is not an error: it has the transaction and status 200."""
    already = refused.reason is Reason.ALREADY_LINKED
    return screens.show(
        "refused.html",
        visit,
        status=200 if already else 409,
        linked=refused.reason in _LINKED,
        reason=refused.reason,
        title=_TITLES[refused.reason],
        explanation=EXPLANATIONS[refused.reason],
        already=already,
        transaction=refused.transaction,
        pacer_desk=refused.reason is Reason.PACER_LEGACY,
    )
