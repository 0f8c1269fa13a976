"""Staying signed in: what the script of the pages asks for when the filer answers its warning (WCAG 2.2.1)."""

from starlette.responses import JSONResponse, Response

from services.auth.portal.ports import SignOn
from services.auth.portal.screens import ends_at
from services.auth.portal.visit import SignedVisit


class SessionPages:
    """The end of a session, moved on."""

    def __init__(self, sign_on: SignOn) -> None:
        self._sign_on = sign_on

    async def extend(self, visit: SignedVisit) -> Response:
        """POST /UTBK/session/extend: `{"ends_at": ISO 8601}`, never beyond the longest time of a session."""
        session = await self._sign_on.touch(visit.session)
        return JSONResponse({"ends_at": ends_at(session).isoformat()})
