"""Where the pages of the second factor send a filer, and which session may see them."""

from collections.abc import Mapping

from starlette.responses import JSONResponse, Response

from services.auth.portal.cookies import PAIR, SESSION, Cookies
from services.auth.portal.door import own_path
from services.auth.portal.ports import Stage
from services.auth.portal.stages import CHALLENGE
from services.auth.portal.visit import SignedHandler, SignedVisit, see_other

MANAGE = "utilities/second-factor"


def wanted(visit: SignedVisit, *, posted: Mapping[str, object] | None = None) -> str:
    """Return the page of ours that the filer wanted, empty when none was named. A path of this court may be short."""
    named = str((posted or visit.fields).get("next") or visit.query.get("next", ""))
    return own_path(named) or (own_path(visit.address(named)) if named else "")


def onward(visit: SignedVisit, *, posted: Mapping[str, object] | None = None) -> str:
    """Return where to go once nothing stands in the way."""
    return wanted(visit, posted=posted) or visit.address("menu")


def enrolling(handler: SignedHandler) -> SignedHandler:
    """Return a handler that first sends whoever still owes a second factor to the challenge."""

    async def checked(visit: SignedVisit) -> Response:
        if visit.session.stage is Stage.FACTOR_DUE:
            return see_other(visit.address(CHALLENGE))
        return await handler(visit)

    return checked


def renewed(response: Response, cookies: Cookies, token: str | None) -> Response:
    """Hand out a session's new token; the pair of the link walk belonged to the old one."""
    if token is not None:
        cookies.put(response, SESSION, token)
        cookies.drop(response, PAIR)
    return response


def told(sentence: str, status: int, **more: object) -> Response:
    """Answer a script with a sentence that it shows."""
    return JSONResponse({"error": sentence, **more}, status_code=status)
