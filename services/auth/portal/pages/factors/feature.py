"""Joins the pages of the second factor and gives them their addresses."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from services.auth.factors.challenge import Challenge
from services.auth.factors.codes import SecurityCodes
from services.auth.factors.enrolment import Enrolment
from services.auth.factors.passkeys import Passkeys, relying_party
from services.auth.factors.proving import Proving
from services.auth.joint import Joint
from services.auth.portal.door import Door
from services.auth.portal.pages.factors.challenge import ChallengePages
from services.auth.portal.pages.factors.enrol import EnrolPages
from services.auth.portal.pages.factors.manage import ManagePages
from services.auth.portal.pages.factors.passkeys import PasskeyPages
from services.auth.portal.pages.factors.prove import ProvePages
from services.auth.portal.pages.factors.ways import MANAGE, enrolling
from services.auth.portal.screens import Screens
from services.auth.portal.stages import CHALLENGE, OFFER, PROVE_AGAIN
from services.auth.portal.visit import Endpoint, SignedHandler


class FactorPages:
    """The second factor as a part of the pages."""

    def __init__(self, joint: Joint) -> None:
        self._joint = joint
        self._passkeys = Passkeys(joint, relying_party(joint.settings.public_url))
        self._codes = SecurityCodes(joint)
        self._enrolment = Enrolment(joint, self._codes)
        self._proving = Proving(joint, self._passkeys)

    def routes(self, door: Door, screens: Screens) -> list[BaseRoute]:
        """Return the addresses. Those of passkeys are there only where browsers make them for this site."""
        routes = [
            *self._challenge(door, screens),
            *self._manage(door, screens),
            *self._enrol(door, screens),
            *self._prove(door, screens),
        ]
        return [*routes, *self._add_passkeys(door, screens)] if self._passkeys.party else routes

    def _challenge(self, door: Door, screens: Screens) -> list[BaseRoute]:
        challenge = Challenge(self._joint, self._passkeys)
        pages = ChallengePages(screens, door.cookies, challenge, self._enrolment)
        by_passkey = [
            _post(f"{CHALLENGE}/passkey/options", door.half_signed_in(pages.passkey_options)),
            _post(f"{CHALLENGE}/passkey", door.half_signed_in(pages.passkey)),
        ]
        return [
            _form(CHALLENGE, door.half_signed_in(pages.show), door.half_signed_in(pages.answer)),
            Route(f"/{{court_id}}/{OFFER}", door.half_signed_in(pages.offer)),
            _post(f"{CHALLENGE}/skip", door.half_signed_in(pages.skip)),
            *(by_passkey if self._passkeys.party else []),
        ]

    def _manage(self, door: Door, screens: Screens) -> list[BaseRoute]:
        pages = ManagePages(
            screens=screens,
            sign_on=self._joint.sign_on,
            enrolment=self._enrolment,
            settings=self._joint.settings,
            passkeys=self._passkeys.party is not None,
            now=self._joint.clock,
        )
        return [
            Route(f"/{{court_id}}/{MANAGE}", _open(door, pages.show)),
            # Who is to enrol first has nothing to remove, and no other session that would matter.
            _form(f"{MANAGE}/remove/{{what}}", door.signed_in(pages.ask), door.signed_in(pages.remove)),
            _post(f"{MANAGE}/end-others", door.signed_in(pages.end_others)),
        ]

    def _enrol(self, door: Door, screens: Screens) -> list[BaseRoute]:
        pages = EnrolPages(screens, door, self._codes, self._enrolment)
        return [
            _form(f"{MANAGE}/code", _open(door, pages.code), _open(door, pages.take_code)),
            _form(f"{MANAGE}/app", _open(door, pages.app), _open(door, pages.confirm_app)),
            _form(f"{MANAGE}/backup-codes", _open(door, pages.backup_codes), _open(door, pages.make_backup_codes)),
        ]

    def _add_passkeys(self, door: Door, screens: Screens) -> list[BaseRoute]:
        pages = PasskeyPages(screens, door.cookies, self._passkeys, self._enrolment)
        return [
            _form(f"{MANAGE}/passkeys", _open(door, pages.show), _open(door, pages.add)),
            _post(f"{MANAGE}/passkeys/options", _open(door, pages.options)),
        ]

    def _prove(self, door: Door, screens: Screens) -> list[BaseRoute]:
        pages = ProvePages(
            screens, door.cookies, sign_on=self._joint.sign_on, proving=self._proving, enrolment=self._enrolment
        )
        return [
            _form(PROVE_AGAIN, door.signed_in(pages.show), door.signed_in(pages.prove)),
            _post(f"{PROVE_AGAIN}/options", door.signed_in(pages.passkey_options)),
        ]


def _open(door: Door, handler: SignedHandler) -> Endpoint:
    return door.half_signed_in(enrolling(handler))


def _post(place: str, act: Endpoint) -> Route:
    return Route(f"/{{court_id}}/{place}", act, methods=["POST"])


def _form(place: str, show: Endpoint, act: Endpoint) -> Route:
    async def either(request: Request) -> Response:
        return await (act if request.method == "POST" else show)(request)

    return Route(f"/{{court_id}}/{place}", either, methods=["GET", "POST"])
