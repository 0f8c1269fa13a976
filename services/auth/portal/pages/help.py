"""Help: the states that a filer can look up, and in a demonstration the page of every state."""

from typing import Final

from starlette.responses import Response

from services.auth.portal.faults import page_not_found
from services.auth.portal.screens import Screens
from services.auth.portal.states import State, state, telling
from services.auth.portal.visit import Visit

TOPICS: Final = (
    State.CMECF_BAD_CREDENTIALS,
    State.CMECF_LOGIN_CHARSET,
    State.WRONG_PATH,
    State.RESET_MAIL_LOST,
    State.MENU_STALE,
    State.FEE_LOCK,
    State.TRAINING_DATABASE,
    State.COOKIES_BLOCKED,
    State.PACER_INACTIVE,
)


def slug_of(which: State) -> str:
    """Return the last part of a state's address."""
    return which.value.lower().replace("_", "-")


_BY_SLUG: Final = {slug_of(which): which for which in State}


class HelpPages:
    """Pages that everybody may read."""

    def __init__(self, screens: Screens, *, every_state: bool) -> None:
        self._screens = screens
        self._open = frozenset(State) if every_state else frozenset(TOPICS)

    async def index(self, visit: Visit) -> Response:
        """GET /UTBK/help."""
        topics = [(slug_of(which), telling(which)) for which in TOPICS]
        return self._screens.show("help.html", visit, topics=topics)

    async def show(self, visit: Visit) -> Response:
        """GET /UTBK/help/fee-lock: what is told in that state. Reading it is no fault, so its status is 200."""
        which = _BY_SLUG.get(visit.request.path_params["state"])
        if which not in self._open:
            raise page_not_found()
        return state(self._screens, visit, which, status=200)
