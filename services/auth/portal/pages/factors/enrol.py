"""Adding a second factor: the security code by e-mail, then the app's picture and first code, or the backup codes."""

import io
import re
from dataclasses import replace
from typing import Final
from urllib.parse import quote

import segno
from markupsafe import Markup
from starlette.responses import Response

from services.auth.factors import backup, totp
from services.auth.factors.codes import SecurityCodes, TooManyCodes
from services.auth.factors.enrolment import Enrolment, NotPermitted, TooManyFactors, WrongFirstCode
from services.auth.factors.factors import normalized
from services.auth.portal.door import Door
from services.auth.portal.forms import Faults
from services.auth.portal.language import gettext as _
from services.auth.portal.pages.factors.ways import MANAGE, renewed
from services.auth.portal.ports import Stage
from services.auth.portal.screens import Screens
from services.auth.portal.visit import SignedVisit, see_other
from services.auth.signon.sessions import digest
from services.contract.fields import PRINTABLE

LABEL_LENGTH_MAX: Final = 60
_TARGETS: Final = {"app": "app", "backup-codes": "backup-codes", "passkeys": "passkeys"}
_MODULE_PX: Final = 5


class EnrolPages:
    """…/utilities/second-factor/{code,app,backup-codes}."""

    def __init__(self, screens: Screens, door: Door, codes: SecurityCodes, enrolment: Enrolment) -> None:
        self._screens = screens
        self._cookies = door.cookies
        self._seals = door.seals
        self._codes = codes
        self._enrolment = enrolment

    async def code(self, visit: SignedVisit) -> Response:
        """GET …/code?for=app: send me a code; and where one is on its way, the field for it."""
        return await self._code(visit, {})

    async def take_code(self, visit: SignedVisit) -> Response:
        """POST …/code: with `code` the one that came, without it a request for a new one."""
        if "code" not in visit.fields:
            return await self._send(visit)
        typed = normalized(visit.fields["code"])
        if not typed:
            return await self._code(visit, {"code": _("Enter the security code that was sent by e-mail")}, 422)
        if not await self._codes.enter(visit.session, typed):
            sentence = _(
                "This security code is not correct, or its time is over. After five wrong tries ask for a new one"
            )
            return await self._code(visit, {"code": sentence}, 403)
        return see_other(visit.address(f"{MANAGE}/{_target(visit)}"))

    async def _send(self, visit: SignedVisit) -> Response:
        try:
            await self._codes.send(visit.session, visit.client)
        except TooManyCodes as many:
            told = _("Three codes were sent within an hour. The next can be sent at %(time)s UTC") % {
                "time": f"{many.again_at:%H:%M}"
            }
            return await self._code(visit, {"": told}, 429)
        return see_other(visit.address(f"{MANAGE}/code?for={_target(visit)}"))

    async def _code(self, visit: SignedVisit, faults: Faults, status: int = 200) -> Response:
        return self._screens.show(
            "factors/code.html",
            visit,
            status=status,
            faults=faults,
            target=_target(visit),
            live_until=await self._codes.live_until(visit.session),
            mailbox=masked(visit.session.filer.email),
        )

    async def app(self, visit: SignedVisit) -> Response:
        """GET …/app: the picture, the same seed as text, and the field for the first code."""
        return await self._app(visit, {})

    async def confirm_app(self, visit: SignedVisit) -> Response:
        """POST …/app."""
        label = visit.fields.get("label", "").strip()
        fault = label_fault(label)
        if fault:
            return await self._app(visit, {"label": fault}, 422)
        try:
            token = await self._enrolment.confirm_app(
                visit.session, visit.client, code=visit.fields.get("otp", ""), label=label
            )
        except WrongFirstCode:
            sentence = _(
                "This code is not the app's. Wait for the next one, and check that your phone's clock is right"
            )
            return await self._app(visit, {"otp": sentence}, 403)
        except (NotPermitted, TooManyFactors):
            return see_other(_code_first(visit, "app"))
        return renewed(see_other(visit.address(f"{MANAGE}?done=app")), self._cookies, token)

    async def _app(self, visit: SignedVisit, faults: Faults, status: int = 200) -> Response:
        try:
            seed = await self._enrolment.seed(visit.session)
        except NotPermitted:
            return see_other(_code_first(visit, "app"))
        except TooManyFactors:
            return see_other(visit.address(MANAGE))
        issuer = self._issuer(visit)
        address = totp.address(seed, account=visit.session.filer.login, issuer=issuer)
        return self._screens.show(
            "factors/app.html",
            visit,
            status=status,
            faults=faults,
            picture=picture(address, _("Picture of the seed for your app")),
            seed=totp.grouped(seed),
            issuer=issuer,
            label=visit.fields.get("label", "")[:LABEL_LENGTH_MAX],
        )

    def _issuer(self, visit: SignedVisit) -> str:
        return f"CM/ECF {visit.court.court_id}"

    async def backup_codes(self, visit: SignedVisit) -> Response:
        """GET …/backup-codes: what making ten codes means."""
        has = await self._enrolment.enrolled(visit.session)
        if not has.permitted:
            return see_other(_code_first(visit, "backup-codes"))
        return self._screens.show("factors/backup.html", visit, left=has.backup_left)

    async def make_backup_codes(self, visit: SignedVisit) -> Response:
        """POST …/backup-codes: ten codes, shown in this answer alone."""
        try:
            codes, token = await self._enrolment.new_backup_codes(visit.session, visit.client)
        except NotPermitted:
            return see_other(_code_first(visit, "backup-codes"))
        shown = [backup.shown(code) for code in codes]
        text = "\r\n".join([_("Backup codes, each good once"), "", *shown, ""])
        as_file = f"data:text/plain;charset=utf-8,{quote(text)}"
        visit = self._as_renewed(visit, token)
        response = self._screens.show("factors/backup_shown.html", visit, codes=shown, as_file=as_file)
        return renewed(response, self._cookies, token)

    def _as_renewed(self, visit: SignedVisit, token: str | None) -> SignedVisit:
        # The forms of this very answer must belong to the new token, and its menu to the stage that was reached.
        if token is None:
            return visit
        session = replace(visit.session, token_hash=digest(token), stage=Stage.FULL)
        return replace(visit, session=session, form_token=self._seals.token(session.token_hash.hex().encode()))


def label_fault(label: str) -> str:
    """Return what is wrong with a factor's name, empty when nothing is."""
    if not label:
        return _("Give it a name, so that you know it again")
    if len(label) > LABEL_LENGTH_MAX:
        return _("The name can have %(number)s characters at most") % {"number": LABEL_LENGTH_MAX}
    return "" if re.fullmatch(PRINTABLE, label) else _("The name cannot contain control characters")


def masked(email: str) -> str:
    """Return an address as its owner knows it again and nobody else reads it: a…@example.org."""
    name, _at, host = email.rpartition("@")
    return f"{name[:1]}…@{host}"


def picture(address: str, title: str) -> Markup:
    """Return a QR picture as SVG for the page itself: shapes alone, no style, no script."""
    drawn = io.BytesIO()
    segno.make(address, error="m").save(
        drawn, kind="svg", xmldecl=False, svgns=True, scale=_MODULE_PX, border=4, light="#fff", title=title
    )
    return Markup(drawn.getvalue().decode())  # noqa: S704 - made here; segno escapes the title


def _target(visit: SignedVisit) -> str:
    return _TARGETS.get(visit.fields.get("for") or visit.query.get("for", ""), "app")


def _code_first(visit: SignedVisit, target: str) -> str:
    return visit.address(f"{MANAGE}/code?for={target}")
