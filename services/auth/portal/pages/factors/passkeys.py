"""Adding a passkey: a page with a button that works with scripts, and the two JSON posts behind it."""

import orjson
from starlette.responses import JSONResponse, Response

from services.auth.factors.enrolment import PASSKEY_COUNT_MAX, Enrolment, NotPermitted, TooManyFactors
from services.auth.factors.passkeys import Passkeys
from services.auth.portal.cookies import Cookies
from services.auth.portal.language import gettext as _
from services.auth.portal.pages.factors.challenge import json_text, posted_json
from services.auth.portal.pages.factors.enrol import label_fault
from services.auth.portal.pages.factors.ways import MANAGE, renewed, told
from services.auth.portal.screens import Screens
from services.auth.portal.visit import SignedVisit, see_other


class PasskeyPages:
    """…/utilities/second-factor/passkeys. Exists only where browsers make passkeys for this site."""

    def __init__(self, screens: Screens, cookies: Cookies, passkeys: Passkeys, enrolment: Enrolment) -> None:
        self._screens = screens
        self._cookies = cookies
        self._passkeys = passkeys
        self._enrolment = enrolment

    async def show(self, visit: SignedVisit) -> Response:
        """GET …/passkeys."""
        has = await self._enrolment.enrolled(visit.session)
        if not has.permitted:
            return see_other(visit.address(f"{MANAGE}/code?for=passkeys"))
        if len(has.of_kind("passkey")) >= PASSKEY_COUNT_MAX:
            return see_other(visit.address(MANAGE))
        return self._screens.show("factors/passkey.html", visit)

    async def options(self, visit: SignedVisit) -> Response:
        """POST …/passkeys/options: what the browser needs to make one, as JSON."""
        has = await self._enrolment.enrolled(visit.session)
        if not has.permitted:
            return told(_("Enter a security code first"), 403)
        return json_text(await self._passkeys.new_options(visit.session))

    async def add(self, visit: SignedVisit) -> Response:
        """POST …/passkeys: the browser's answer. Answers with the next page's path, or a sentence."""
        posted = posted_json(visit)
        label = str(posted.get("label", "")).strip()
        fault = label_fault(label)
        if fault:
            return told(fault, 422)
        registered = await self._passkeys.registered(visit.session, orjson.dumps(posted.get("credential")).decode())
        if registered is None:
            return told(_("This passkey could not be verified. Try again"), 400)
        try:
            token = await self._enrolment.add_passkey(visit.session, visit.client, registered=registered, label=label)
        except NotPermitted:
            return told(_("Enter a security code first"), 403)
        except TooManyFactors:
            return told(_("This passkey is known already, or you have as many as you may have"), 409)
        return renewed(JSONResponse({"next": visit.address(f"{MANAGE}?done=passkey")}), self._cookies, token)
