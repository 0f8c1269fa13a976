"""Proving again, where the sign-in is older than a set time: the password, and a factor where one is enrolled."""

from typing import Final

from starlette.responses import Response

from services.auth.factors.enrolment import Enrolment
from services.auth.factors.proving import ProofsUsedUp, Proving
from services.auth.portal.cookies import PAIR, SESSION, Cookies
from services.auth.portal.forms import Faults
from services.auth.portal.language import gettext as _
from services.auth.portal.pages.factors.challenge import json_text, ways_of
from services.auth.portal.pages.factors.ways import onward, told, wanted
from services.auth.portal.pages.signin import TICKET_LENGTH_MAX
from services.auth.portal.pages.waits import later
from services.auth.portal.ports import Busy, Reproof, SignInRefused, SignOn, Throttled, VerifierDown
from services.auth.portal.screens import Screens
from services.auth.portal.visit import SignedVisit, see_other

_TYPED_LENGTH_MAX: Final = 128


class ProvePages:
    """/UTBK/prove-again?next=…"""

    def __init__(
        self, screens: Screens, cookies: Cookies, *, sign_on: SignOn, proving: Proving, enrolment: Enrolment
    ) -> None:
        self._screens = screens
        self._cookies = cookies
        self._sign_on = sign_on
        self._proving = proving
        self._enrolment = enrolment

    async def show(self, visit: SignedVisit) -> Response:
        """GET …/prove-again."""
        return await self._page(visit, {})

    async def prove(self, visit: SignedVisit) -> Response:
        """POST …/prove-again: on to where the filer was, or one neutral sentence. Five wrong tries end the session."""
        given = _given(visit)
        if not given.password or max(map(len, (given.password, given.code, given.otp_code))) > _TYPED_LENGTH_MAX:
            return await self._page(visit, {"password": _("Enter your password")}, 422)
        try:
            await self._proving.prove(visit.session, visit.client, given, passkey=visit.fields.get("passkey", ""))
        except SignInRefused:
            return await self._page(visit, {"password": _refused()}, 403)
        except ProofsUsedUp:
            return await self._end(visit)
        except (Busy, VerifierDown) as busy:
            return await self._wait(visit, busy)
        return see_other(onward(visit))

    async def passkey_options(self, visit: SignedVisit) -> Response:
        """POST …/prove-again/options: what the browser needs to ask for a passkey, as JSON."""
        if not await self._proving.has_passkey(visit.session):
            return told(_("Load this page again"), 409)
        return json_text(await self._proving.passkeys.options(visit.session, "prove"))

    async def _end(self, visit: SignedVisit) -> Response:
        await self._sign_on.sign_out(self._cookies.read(visit.request, SESSION))
        after = wanted(visit)
        response = see_other(visit.address("sign-in") + (f"?next={after}" if after else ""))
        self._cookies.drop(response, SESSION)
        self._cookies.drop(response, PAIR)
        return response

    async def _wait(self, visit: SignedVisit, busy: Busy | VerifierDown) -> Response:
        if isinstance(busy, Throttled):
            sentence = _("Too many wrong tries. Wait %(seconds)s seconds, then try again")
        else:
            sentence = _("Passwords cannot be verified at this moment. Wait %(seconds)s seconds, then try again")
        ticket = busy.ticket if isinstance(busy, Throttled) else _ticket(visit)
        faults = {"password": sentence % {"seconds": busy.retry_after_s}}
        return later(await self._page(visit, faults, 503, ticket=ticket), busy.retry_after_s)

    async def _page(self, visit: SignedVisit, faults: Faults, status: int = 200, *, ticket: str = "") -> Response:
        has = await self._enrolment.enrolled(visit.session)
        return self._screens.show(
            "factors/prove.html",
            visit,
            status=status,
            faults=faults,
            after=wanted(visit),
            ticket=ticket,
            **ways_of(has, passkeys=self._proving.passkeys.party is not None),
        )


def _given(visit: SignedVisit) -> Reproof:
    return Reproof(
        password=visit.fields.get("password", ""),
        otp_code=visit.fields.get("otp_code", "").strip(),
        code=visit.fields.get("otp", ""),
        ticket=_ticket(visit),
    )


def _ticket(visit: SignedVisit) -> str:
    return visit.fields.get("ticket", "")[:TICKET_LENGTH_MAX]


def _refused() -> str:
    return _("The password or the code is not correct")
