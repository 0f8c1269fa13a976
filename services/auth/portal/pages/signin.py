"""Signing in with PACER's account, and out again."""

from typing import Final

from starlette.responses import HTMLResponse, Response

from services.auth.portal.blanks import Blanks
from services.auth.portal.cookies import PAIR, SESSION, Cookies
from services.auth.portal.door import own_path
from services.auth.portal.forms import Faults, SignInForm, parse
from services.auth.portal.language import gettext
from services.auth.portal.language import marked as _
from services.auth.portal.pages.waits import busy_sentence, later, wait_sentence
from services.auth.portal.ports import (
    Barrier,
    Busy,
    Credentials,
    SignInBarred,
    SignInRefused,
    SignOn,
    Throttled,
    VerifierDown,
)
from services.auth.portal.screens import Screens
from services.auth.portal.states import State, state, telling
from services.auth.portal.visit import SignedVisit, Visit, see_other

REFUSED: Final = _("The username or the password is not correct")
TICKET_LENGTH_MAX: Final = 1000
_CLIENT_CODE: Final = {Barrier.CLIENT_CODE_REQUIRED, Barrier.CLIENT_CODE_INVALID}
_KEPT_LENGTH_MAX: Final = 200


class SignInPages:
    """PACER LOGIN, and the end of a session."""

    def __init__(self, screens: Screens, sign_on: SignOn, cookies: Cookies) -> None:
        self._screens = screens
        self._sign_on = sign_on
        self._cookies = cookies
        self._blanks = Blanks(lambda visit: self._page(visit, {}))

    async def form(self, visit: Visit) -> Response:
        """GET /UTBK/sign-in; with the ticket of who was told to wait by the gate."""
        if visit.session is None and not visit.query:
            return self._blanks.answer(visit)
        return self._page(visit, {}, ticket=visit.query.get("ticket", "")[:TICKET_LENGTH_MAX])

    async def sign_in(self, visit: Visit) -> Response:
        """POST /UTBK/sign-in: a new session with a new token, and on to where the filer wanted to go."""
        form = parse(SignInForm, visit.fields)
        if isinstance(form, dict):
            return self._page(visit, form, status=422)
        try:
            return await self._entered(visit, form)
        except SignInRefused:
            return self._page(visit, {"username": gettext(REFUSED)}, status=403)
        except SignInBarred as barred:
            return self._barred(visit, barred.barrier)
        except Busy as busy:
            which = State.THROTTLED if isinstance(busy, Throttled) else State.BUSY
            ticket = busy.ticket if isinstance(busy, Throttled) else ""
            page = self._page(visit, {"": busy_sentence(busy)}, status=503, told=which, ticket=ticket)
            return later(page, busy.retry_after_s)
        except VerifierDown as down:
            sentence = gettext(telling(State.VERIFIER_DOWN).happened) + " " + wait_sentence(down.retry_after_s)
            page = self._page(visit, {"": sentence}, status=503, told=State.VERIFIER_DOWN)
            return later(page, down.retry_after_s)

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

    async def _entered(self, visit: Visit, form: SignInForm) -> Response:
        entry = await self._sign_on.enter(
            Credentials(form.username, form.password, form.client_code, form.otp_code),
            court_id=visit.court.court_id,
            client=visit.client,
            ticket=visit.fields.get("ticket", "")[:TICKET_LENGTH_MAX],
        )
        await self._end(visit)
        response = see_other(_after(visit) or visit.address("menu"))
        self._cookies.put(response, SESSION, entry.token)
        self._cookies.drop(response, PAIR)
        return response

    def _barred(self, visit: Visit, barrier: Barrier) -> Response:
        which = State(barrier.value)
        if barrier not in _CLIENT_CODE:
            return state(self._screens, visit, which)
        faults = {"client_code": gettext(telling(which).happened)}
        return self._page(visit, faults, status=telling(which).status, told=which)

    async def _end(self, visit: Visit) -> None:
        if visit.session is not None:
            await self._sign_on.sign_out(self._cookies.read(visit.request, SESSION))

    def _page(
        self, visit: Visit, faults: Faults, *, status: int = 200, told: State | None = None, ticket: str = ""
    ) -> HTMLResponse:
        kept = {name: visit.fields.get(name, "")[:_KEPT_LENGTH_MAX] for name in ("username", "client_code")}
        return self._screens.show(
            "sign_in.html",
            visit,
            status=status,
            faults=faults,
            kept=kept,
            after=_after(visit),
            who=visit.session,
            told=telling(told) if told else None,
            ticket=ticket or visit.fields.get("ticket", "")[:TICKET_LENGTH_MAX],
        )


def _after(visit: Visit) -> str:
    return own_path(visit.fields.get("next") or visit.query.get("next", ""))
