"""Every state that a filer can find a page in: what happened, whether a deadline is at risk, what to do, whom to call.

Causes and remedies are those of the domain notes, 2.
"""

from typing import TYPE_CHECKING, Final

from starlette.responses import Response

from services.auth.portal.tellings.accounts import ACCOUNTS
from services.auth.portal.tellings.court_accounts import COURT_ACCOUNTS
from services.auth.portal.tellings.refusals import REFUSALS
from services.auth.portal.tellings.service import SERVICE
from services.auth.portal.tellings.state import Helps, State, Telling
from services.contract.transactions import LinkTransaction

if TYPE_CHECKING:
    from services.auth.portal.screens import Screens
    from services.auth.portal.visit import Visit

__all__ = ("TELLINGS", "Helps", "State", "Telling", "state", "telling")

TELLINGS: Final[dict[State, Telling]] = REFUSALS | ACCOUNTS | COURT_ACCOUNTS | SERVICE


def telling(which: State) -> Telling:
    """Return what a state's page says."""
    return TELLINGS[which]


def state(  # noqa: PLR0913 - what the page may have beside its sentences
    screens: "Screens",
    visit: "Visit",
    which: State,
    *,
    status: int | None = None,
    linked: bool = False,
    retry_after_s: int | None = None,
    transaction: LinkTransaction | None = None,
) -> Response:
    """Answer with the page of a state. `status` is the state's own where none is given; `retry_after_s` is told too."""
    told = telling(which)
    response = screens.show(
        "state.html",
        visit,
        status=status or told.status,
        linked=linked,
        state=which,
        told=told,
        transaction=transaction,
        retry_after_s=retry_after_s,
    )
    if retry_after_s is not None:
        response.headers["Retry-After"] = str(retry_after_s)
    return response
