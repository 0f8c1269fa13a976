"""The page of a link that cannot be made: the state that the refusal leads to, with the transaction that stands."""

from typing import Final

from starlette.responses import Response

from services.auth.portal.ports import LinkRefused
from services.auth.portal.screens import Screens
from services.auth.portal.states import State, state
from services.auth.portal.visit import SignedVisit
from services.contract.transactions import Reason

_LINKED: Final = {Reason.ALREADY_LINKED, Reason.PACER_ALREADY_LINKED}


def refusal_page(screens: Screens, visit: SignedVisit, refused: LinkRefused) -> Response:
    """Answer with the reason. Being linked already is not an error: it has the transaction and status 200."""
    linked = refused.reason in _LINKED
    return state(screens, visit, State(refused.reason.value), linked=linked, transaction=refused.transaction)
