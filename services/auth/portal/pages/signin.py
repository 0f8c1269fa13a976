"""Signing in with PACER's account, and out again."""

import re
from typing import Final

from starlette.responses import Response

from services.auth.portal.cookies import PAIR, SESSION, Cookies
from services.auth.portal.forms import Faults, SignInForm, parse
from services.auth.portal.ports import Busy, SignInRefused, SignOn
from services.auth.portal.screens import Screens
from services.auth.portal.visit import SignedVisit, Visit, see_other

REFUSED: Final = "The username or the password is not correct"

# A path of our own and nothing else: no host, no second slash, no backslash, no query.
_OWN_PATH: Final = re.compile(r"/[A-Z0-9]{2,12}(/[a-z0-9-]{1,40}){1,4}")


class SignInPages:
    """PACER LOGIN, and the end of a session."""

    def __init__(self, screens: Screens, sign_on: SignOn, cookies: Cookies) -> None:
        self._screens = screens
        self._sign_on = sign_on
        self._cookies = cookies

    async def form(self, visit: Visit) -> Response:
        """GET /UTBK/sign-in."""
        return self._page(visit, {})

    async def sign_in(self, visit: Visit) -> Response:
        """POST /UTBK/sign-in: a new session with a new token, and on to where the filer wanted to go."""
        form = parse(SignInForm, visit.fields)
        if isinstance(form, dict):
            return self._page(visit, form, status=422)
        try:
            token = await self._sign_on.sign_in(
                form.username,
                form.password,
                client_code=form.client_code,
                court_id=visit.court.court_id,
                client=visit.client,
            )
        except SignInRefused:
            return self._page(visit, {"username": REFUSED}, status=403)
        except Busy as busy:
            return busy_page(self._page(visit, {"": busy_sentence(busy)}, status=503), busy)
        await self._end(visit)
        response = see_other(_destination(visit))
        self._cookies.put(response, SESSION, token)
        self._cookies.drop(response, PAIR)
        return response

    async def sign_out(self, visit: SignedVisit) -> Response:
        """POST /UTBK/sign-out."""
        await self._end(visit)
        response = see_other(visit.address("signed-out"))
        self._cookies.drop(response, SESSION)
        self._cookies.drop(response, PAIR)
        return response

    async def signed_out(self, visit: Visit) -> Response:
        """GET /UTBK/signed-out."""
        return self._screens.show("signed_out.html", visit)

    async def _end(self, visit: Visit) -> None:
        if visit.session is not None:
            await self._sign_on.sign_out(self._cookies.read(visit.request, SESSION))

    def _page(self, visit: Visit, faults: Faults, *, status: int = 200) -> Response:
        kept = {name: visit.fields.get(name, "")[:200] for name in ("username", "client_code")}
        return self._screens.show(
            "sign_in.html", visit, status=status, faults=faults, kept=kept, after=_own_path(visit), who=visit.session
        )


def _own_path(visit: Visit) -> str:
    wanted = visit.fields.get("next") or visit.query.get("next", "")
    return wanted if _OWN_PATH.fullmatch(wanted) else ""


def _destination(visit: Visit) -> str:
    return _own_path(visit) or visit.address("menu")


def busy_sentence(busy: Busy) -> str:
    """Say when to try again."""
    seconds = "1 second" if busy.retry_after_s == 1 else f"{busy.retry_after_s} seconds"
    return f"Many people are signing in at this moment. Wait {seconds}, then try again"


def busy_page(response: Response, busy: Busy) -> Response:
    """Tell programs the same."""
    response.headers["Retry-After"] = str(busy.retry_after_s)
    return response
