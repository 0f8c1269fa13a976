"""The second factor after the password: a code, a backup code or a passkey. And the offer to enrol, which can be put
off a few times where enrolment is asked for.
"""

from typing import Any, Final

import orjson
from starlette.responses import JSONResponse, Response

from services.auth.factors.challenge import Arrival, Challenge, FactorRefused, StageOver
from services.auth.factors.enrolment import Enrolled, Enrolment
from services.auth.factors.passkeys import Passkeys
from services.auth.portal.cookies import Cookies
from services.auth.portal.forms import Faults
from services.auth.portal.language import gettext as _
from services.auth.portal.pages.factors.ways import onward, renewed, told, wanted
from services.auth.portal.ports import Stage, Throttled
from services.auth.portal.screens import Screens
from services.auth.portal.stages import OFFER
from services.auth.portal.visit import SignedVisit, see_other

CODE_LENGTH_MAX: Final = 64


class ChallengePages:
    """/UTBK/second-factor and what belongs to it."""

    def __init__(self, screens: Screens, cookies: Cookies, challenge: Challenge, enrolment: Enrolment) -> None:
        self._screens = screens
        self._cookies = cookies
        self._challenge = challenge
        self._enrolment = enrolment

    @property
    def _passkeys(self) -> Passkeys:
        return self._challenge.passkeys

    async def show(self, visit: SignedVisit) -> Response:
        """GET …/second-factor."""
        return await self._page(visit, {}) if _due(visit) else see_other(onward(visit))

    async def answer(self, visit: SignedVisit) -> Response:
        """POST …/second-factor: the field `otp`. Right: the session is open, under a new token."""
        if not _due(visit):
            return see_other(onward(visit))
        typed = visit.fields.get("otp", "")
        if not typed.strip() or len(typed) > CODE_LENGTH_MAX:
            return await self._page(visit, {"otp": _("Enter the code from your app, or one of your backup codes")}, 422)
        try:
            token = await self._challenge.answer(self._arrival(visit, visit.fields.get("ticket", "")), typed)
        except FactorRefused:
            return await self._page(visit, {"otp": refused_sentence()}, 403)
        except Throttled as throttled:
            return await self._page(visit, {"otp": throttled_sentence(throttled)}, 503, throttled)
        except StageOver:
            return see_other(onward(visit))
        return renewed(see_other(onward(visit)), self._cookies, token)

    async def passkey_options(self, visit: SignedVisit) -> Response:
        """POST …/second-factor/passkey/options: what the browser needs to ask for a passkey, as JSON."""
        if not _due(visit):
            return told(_("Load this page again"), 409)
        return json_text(await self._passkeys.options(visit.session, "sign-in"))

    async def passkey(self, visit: SignedVisit) -> Response:
        """POST …/second-factor/passkey: the browser's answer. Answers with the next page's path, or a sentence."""
        posted = posted_json(visit)
        arrival = self._arrival(visit, str(posted.get("ticket", "")))
        try:
            token = await self._challenge.answer_by_passkey(arrival, orjson.dumps(posted.get("credential")).decode())
        except FactorRefused:
            return told(_("This passkey could not be verified. Try again, or enter a code"), 403)
        except Throttled as throttled:
            response = told(throttled_sentence(throttled), 503, ticket=throttled.ticket)
            response.headers["Retry-After"] = str(throttled.retry_after_s)
            return response
        except StageOver:
            return told(_("Load this page again"), 409)
        return renewed(JSONResponse({"next": onward(visit, posted=posted)}), self._cookies, token)

    async def offer(self, visit: SignedVisit) -> Response:
        """GET …/second-factor/offer: please enrol; put off, or restricted until it is done."""
        if visit.session.stage not in {Stage.ENROL_OFFERED, Stage.RESTRICTED}:
            return see_other(onward(visit))
        return self._screens.show(
            "factors/offer.html",
            visit,
            status=200 if visit.session.stage is Stage.ENROL_OFFERED else 403,
            after=wanted(visit),
            skips_left=await self._challenge.skips_left(visit.session),
            restricted=visit.session.stage is Stage.RESTRICTED,
        )

    async def skip(self, visit: SignedVisit) -> Response:
        """POST …/second-factor/skip: not now. Counted once for each sign-in, however many tabs are open."""
        try:
            stage = await self._challenge.skip(visit.session, visit.client)
        except StageOver:
            return see_other(onward(visit))
        return see_other(onward(visit) if stage is Stage.FULL else visit.address(OFFER))

    def _arrival(self, visit: SignedVisit, ticket: str) -> Arrival:
        return Arrival(visit.session, visit.court.court_id, visit.client, ticket)

    async def _page(
        self, visit: SignedVisit, faults: Faults, status: int = 200, throttled: Throttled | None = None
    ) -> Response:
        has = await self._enrolment.enrolled(visit.session)
        response = self._screens.show(
            "factors/challenge.html",
            visit,
            status=status,
            faults=faults,
            after=wanted(visit),
            ticket=throttled.ticket if throttled else "",
            **ways_of(has, passkeys=self._passkeys.party is not None),
        )
        if throttled is not None:
            response.headers["Retry-After"] = str(throttled.retry_after_s)
        return response


def ways_of(has: Enrolled, *, passkeys: bool) -> dict[str, bool]:
    """Return what a challenge offers this filer."""
    return {
        "has_app": bool(has.of_kind("totp")),
        "has_backup": has.backup_left > 0,
        "has_passkey": passkeys and bool(has.of_kind("passkey")),
    }


def refused_sentence() -> str:
    """Say that a code is wrong, without telling how."""
    return _("This code is not correct, or it was used before. Check that your phone's clock is right")


def throttled_sentence(throttled: Throttled) -> str:
    """Say when to try again."""
    return _("Too many wrong codes. Wait %(seconds)s seconds, then try again") % {"seconds": throttled.retry_after_s}


def posted_json(visit: SignedVisit) -> dict[str, Any]:
    """Return the object that a script sent; the door has seen that it is one. Empty when a form was sent instead."""
    posted: dict[str, Any] = orjson.loads(visit.fields.get("json", "{}"))
    return posted


def json_text(text: str) -> Response:
    """Answer with JSON that is ready."""
    return Response(text, media_type="application/json")


def _due(visit: SignedVisit) -> bool:
    return visit.session.stage is Stage.FACTOR_DUE
