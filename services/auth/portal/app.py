"""Joins the pages to sign-on, linking and courts: the portal as one ASGI app, with every address of it."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from services.auth.portal.client import client_reader
from services.auth.portal.cookies import Cookies
from services.auth.portal.door import Door
from services.auth.portal.faults import PageFault, fault_of, page_not_found
from services.auth.portal.feature import Feature
from services.auth.portal.gate import Gate, Room
from services.auth.portal.headers import StrictHeaders
from services.auth.portal.language import Languages
from services.auth.portal.language import marked as _
from services.auth.portal.pages.court import CourtPages
from services.auth.portal.pages.factors.ways import enrolling
from services.auth.portal.pages.help import HelpPages
from services.auth.portal.pages.link import LinkPages
from services.auth.portal.pages.menus import MenuPages
from services.auth.portal.pages.redaction import RedactionPages
from services.auth.portal.pages.result import ResultPages
from services.auth.portal.pages.session import SessionPages
from services.auth.portal.pages.signin import SignInPages
from services.auth.portal.pages.standing import StandingPages
from services.auth.portal.ports import Courts, Linking, SignOn
from services.auth.portal.replays import Replays
from services.auth.portal.screens import STATIC, Screens, screens
from services.auth.portal.seals import Seals
from services.auth.portal.settings import PortalSettings
from services.auth.portal.states import State
from services.auth.portal.visit import Endpoint, SignedHandler
from services.auth.portal.words import FILING_SLUGS
from services.contract.proof import KeyRing
from services.runtime.clock import Clock
from services.runtime.clock import now as present
from services.runtime.faults import Transient

RETRY_AFTER_S: Final = 5
_METHOD: Final = PageFault(
    405,
    _("Not possible here"),
    _("This page cannot be asked for in this way."),
    _("Go to the list of courts."),
)

Answer = Callable[[Request, Exception], Awaitable[Response]]


def portal(  # noqa: PLR0913 - the ports, and two parts that a deployment may lack
    sign_on: SignOn,
    linking: Linking,
    courts: Courts,
    settings: PortalSettings,
    *,
    now: Clock = present,
    features: Sequence[Feature] = (),
    room: Room | None = None,
    replays: KeyRing | None = None,
) -> ASGIApp:
    """Return the pages of all courts. `features` bring addresses of their own, which come first.

    `room` says whether there is room for one more sign-in, before anything is read; without it there always is.
    `replays` has the rehearsal keys: with them replays are honoured, and each page says so.
    Raises ValueError where TRUSTED_PROXIES cannot be read.
    """
    shown = screens(
        demo=settings.demo,
        mail_stays_here=settings.mail_stays_here,
        now=now,
        remote_sign_on=settings.pacer_verifier == "remote",
        idle_s=settings.session_idle_s,
        rehearsal=replays is not None,
    )
    seals = Seals(settings.form_secret.get_secret_value())
    public_origin = settings.public_url.rstrip("/")
    secure = public_origin.startswith("https://")
    cookies = Cookies(secure=secure)
    door = Door(
        sign_on=sign_on,
        courts=courts,
        seals=seals,
        cookies=cookies,
        client_of=client_reader(settings.trusted_proxies),
        public_origin=public_origin,
        body_s_max=settings.body_s_max,
    )
    link = LinkPages(
        screens=shown,
        sign_on=sign_on,
        linking=linking,
        seals=seals,
        cookies=cookies,
        now=now,
        prove_again_after_s=settings.prove_again_after_s,
    )
    court = CourtPages(shown, courts, now=now)
    help_pages = HelpPages(shown, every_state=settings.demo)
    featured = [route for feature in features for route in feature.routes(door, shown)]
    _announce(shown, featured)
    app = Starlette(
        routes=[
            *featured,
            Route("/", court.index),
            Mount("/static", StaticFiles(directory=STATIC)),
            *_before_sign_in(door, court, help_pages, SignInPages(shown, sign_on, cookies)),
            *_session(door, RedactionPages(shown, sign_on), SessionPages(sign_on)),
            *_menus(door, MenuPages(shown, linking, link), StandingPages(shown, linking, courts, now=now)),
            *_link_walk(door, link, ResultPages(shown, linking, now=now)),
        ],
        exception_handlers=_answers(shown, courts),
    )
    app.router.redirect_slashes = False  # the redirect would be built from whatever host the request names
    gate = Gate(Languages(app, cookies), room, door.client_of)
    return StrictHeaders(Replays(gate, replays), secure=secure)


def _announce(shown: Screens, featured: list[BaseRoute]) -> None:
    """Let the pages link to what the features bring, and to nothing that is not there."""
    paths = [route.path for route in featured if isinstance(route, Route)]
    shown.deployment["second_factor"] = any(path.endswith("/utilities/second-factor") for path in paths)
    shown.deployment["downloads"] = any(path.endswith(".txt") for path in paths)


def _before_sign_in(door: Door, court: CourtPages, help_pages: HelpPages, pages: SignInPages) -> list[BaseRoute]:
    return [
        Route("/{court_id}", door.anyone(court.site)),
        Route("/{court_id}/", door.anyone(court.site)),
        Route("/{court_id}/ecf", door.anyone(court.landing)),
        Route("/{court_id}/help", door.anyone(help_pages.index)),
        Route("/{court_id}/help/{state}", door.anyone(help_pages.show)),
        *_form("/{court_id}/sign-in", door.anyone(pages.form), door.anyone(pages.sign_in)),
        Route("/{court_id}/signed-out", door.anyone(pages.signed_out)),
        # Whoever still owes a second factor can go away too.
        Route("/{court_id}/sign-out", door.half_signed_in(pages.sign_out), methods=["POST"]),
    ]


def _session(door: Door, redaction: RedactionPages, session: SessionPages) -> list[BaseRoute]:
    notice, acknowledge = door.half_signed_in(redaction.notice), door.half_signed_in(redaction.acknowledge)
    return [
        *_form("/{court_id}/redaction", notice, acknowledge),
        Route("/{court_id}/session/extend", door.half_signed_in(session.extend), methods=["POST"]),
    ]


def _menus(door: Door, pages: MenuPages, standing: StandingPages) -> list[BaseRoute]:
    return [
        Route("/{court_id}/menu", door.signed_in(pages.page("menu.html"))),
        Route("/{court_id}/query", door.signed_in(pages.page("query.html"))),
        Route("/{court_id}/reports", door.signed_in(pages.page("reports.html"))),
        Route("/{court_id}/utilities", door.signed_in(pages.page("utilities.html"))),
        Route("/{court_id}/utilities/nextgen", door.signed_in(pages.nextgen)),
        Route("/{court_id}/my-courts", door.half_signed_in(enrolling(standing.show))),  # open to restricted sessions
        Route("/{court_id}/utilities/transactions", door.signed_in(pages.history)),
        *(Route(f"/{{court_id}}/{slug}", door.signed_in(pages.filing)) for slug in FILING_SLUGS),
    ]


def _link_walk(door: Door, link: LinkPages, result: ResultPages) -> list[BaseRoute]:
    def step(handler: SignedHandler) -> Endpoint:
        return door.signed_in(link.step(handler))

    return [
        *_form("/{court_id}/link", step(link.who), step(link.acknowledge)),
        *_form("/{court_id}/link/account", step(link.credentials), step(link.prove)),
        # A confirmation repeated after its link was made must lead to the same result, so nothing is checked before it.
        *_form("/{court_id}/link/confirm", step(link.question), door.signed_in(link.confirm)),
        Route("/{court_id}/link/requests/{request_id:uuid}", door.signed_in(result.show)),
    ]


def _form(path: str, show: Endpoint, act: Endpoint) -> list[BaseRoute]:
    async def either(request: Request) -> Response:
        return await (act if request.method == "POST" else show)(request)

    return [Route(path, either, methods=["GET", "POST"])]


def _answers(shown: Screens, courts: Courts) -> dict[int | type[Exception], Answer]:
    def page(request: Request, fault: PageFault, *, retry_after_s: int | None = None) -> Response:
        path: str = request.scope["path"]
        response = shown.fault(fault, court=courts.get(path.strip("/").partition("/")[0]), retry_after_s=retry_after_s)
        if retry_after_s is not None:
            response.headers["Retry-After"] = str(retry_after_s)
        return response

    async def page_fault(request: Request, error: Exception) -> Response:
        assert isinstance(error, PageFault), "registered for this class alone"
        if error.state is State.FORM_NOT_OURS and not request.cookies:
            return page(request, fault_of(State.COOKIES_BLOCKED))
        return page(request, error)

    async def by_status(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException), "registered for this class alone"
        response = page(request, _METHOD if error.status_code == _METHOD.status else page_not_found())
        response.headers.update(error.headers or {})
        return response

    async def interrupted(request: Request, _error: Exception) -> Response:
        return page(request, fault_of(State.INTERRUPTED), retry_after_s=RETRY_AFTER_S)

    async def broken(request: Request, _error: Exception) -> Response:
        return page(request, fault_of(State.BROKEN))

    return {PageFault: page_fault, HTTPException: by_status, Transient: interrupted, Exception: broken}
