"""Joins the pages to sign-on, linking and courts: the portal as one ASGI app, with every address of it."""

from collections.abc import Awaitable, Callable
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
from services.auth.portal.faults import PageFault, page_not_found
from services.auth.portal.headers import StrictHeaders
from services.auth.portal.pages.court import CourtPages
from services.auth.portal.pages.link import LinkPages
from services.auth.portal.pages.menus import MenuPages
from services.auth.portal.pages.result import ResultPages
from services.auth.portal.pages.signin import SignInPages
from services.auth.portal.ports import Courts, Linking, SignOn
from services.auth.portal.screens import STATIC, Screens, screens
from services.auth.portal.seals import Seals
from services.auth.portal.settings import PortalSettings
from services.auth.portal.visit import Endpoint, SignedHandler
from services.auth.portal.words import FILING_SLUGS
from services.runtime.clock import Clock
from services.runtime.clock import now as present
from services.runtime.faults import Transient

RETRY_AFTER_S: Final = 5
_OTHER: Final = {
    405: PageFault(405, "Not possible here", "This page cannot be asked for in this way.", "Go to the list of courts."),
    503: PageFault(
        503,
        "The service is interrupted",
        "A part of this system does not answer at this moment. Nothing that you asked for was lost.",
        "Wait a few seconds and load this page again.",
    ),
    500: PageFault(
        500,
        "Something went wrong",
        "This page could not be made. The fault has been recorded for those who run this system.",
        "Go back and try again. If it happens again, call the court's help desk.",
    ),
}

Answer = Callable[[Request, Exception], Awaitable[Response]]


def portal(
    sign_on: SignOn, linking: Linking, courts: Courts, settings: PortalSettings, *, now: Clock = present
) -> ASGIApp:
    """Return the pages of all courts. Raises ValueError where TRUSTED_PROXIES cannot be read."""
    shown = screens(demo=settings.demo, mail_stays_here=settings.mail_stays_here)
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
    )
    link = LinkPages(screens=shown, sign_on=sign_on, linking=linking, seals=seals, cookies=cookies, now=now)
    court = CourtPages(shown, courts, now=now)
    app = Starlette(
        routes=[
            Route("/", court.index),
            Mount("/static", StaticFiles(directory=STATIC)),
            *_before_sign_in(door, court, SignInPages(shown, sign_on, cookies)),
            *_menus(door, MenuPages(shown, linking, link)),
            *_link_walk(door, link, ResultPages(shown, linking, now=now)),
        ],
        exception_handlers=_answers(shown),
    )
    app.router.redirect_slashes = False  # the redirect would be built from whatever host the request names
    return StrictHeaders(app, secure=secure)


def _before_sign_in(door: Door, court: CourtPages, pages: SignInPages) -> list[BaseRoute]:
    return [
        Route("/{court_id}", door.anyone(court.site)),
        Route("/{court_id}/", door.anyone(court.site)),
        Route("/{court_id}/ecf", door.anyone(court.landing)),
        *_form("/{court_id}/sign-in", door.anyone(pages.form), door.anyone(pages.sign_in)),
        Route("/{court_id}/sign-out", door.signed_in(pages.sign_out), methods=["POST"]),
        Route("/{court_id}/signed-out", door.anyone(pages.signed_out)),
    ]


def _menus(door: Door, pages: MenuPages) -> list[BaseRoute]:
    return [
        Route("/{court_id}/menu", door.signed_in(pages.page("menu.html"))),
        Route("/{court_id}/query", door.signed_in(pages.page("query.html"))),
        Route("/{court_id}/reports", door.signed_in(pages.page("reports.html"))),
        Route("/{court_id}/utilities", door.signed_in(pages.page("utilities.html"))),
        Route("/{court_id}/utilities/nextgen", door.signed_in(pages.page("nextgen.html"))),
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


def _answers(shown: Screens) -> dict[int | type[Exception], Answer]:
    async def page_fault(_: Request, error: Exception) -> Response:
        assert isinstance(error, PageFault), "registered for this class alone"
        return shown.fault(error)

    async def by_status(_: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException), "registered for this class alone"
        response = shown.fault(_OTHER.get(error.status_code) or page_not_found())
        response.headers.update(error.headers or {})
        return response

    async def interrupted(_: Request, __: Exception) -> Response:
        response = shown.fault(_OTHER[503])
        response.headers["Retry-After"] = str(RETRY_AFTER_S)
        return response

    async def broken(_: Request, __: Exception) -> Response:
        return shown.fault(_OTHER[500])

    return {PageFault: page_fault, HTTPException: by_status, Transient: interrupted, Exception: broken}
