"""The door of every page of a court: finds court and session, reads the form, and lets no forged post through.

Past it a handler has a Visit; what is wrong before that becomes a PageFault or a way to the page that comes first.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from services.auth.portal.bodies import BODY_S_MAX, form_of, query_of
from services.auth.portal.cookies import NONCE, SESSION, TOKEN, Cookies
from services.auth.portal.faults import PageFault, form_not_ours
from services.auth.portal.ports import Client, Courts, Origin, Session, SignOn
from services.auth.portal.seals import Seals, new_nonce
from services.auth.portal.stages import next_stop
from services.auth.portal.visit import Endpoint, Handler, SignedHandler, SignedVisit, Visit, see_other
from services.contract.courts import Court

FORM_TOKEN = "csrf"  # noqa: S105 - a field's name
TOKEN_HEADER: Final = "x-next-gen-cso"  # noqa: S105 - a header's name

# A path of our own and nothing else: no host, no second slash, no backslash, no query. Of any court: a filer may have
# several open.
_OWN_PATH: Final = re.compile(r"/[A-Z0-9]{2,12}(/[a-z0-9-]{1,40}){1,4}(\.txt|\.pdf)?")
_READING: Final = frozenset({"GET", "HEAD"})

BareHandler = Callable[[Request, Client], Awaitable[Response]]


def own_path(text: str) -> str:
    """Return a path that a filer may be sent on to, or nothing when it is not one of our pages."""
    return text if _OWN_PATH.fullmatch(text) else ""


@dataclass(frozen=True, kw_only=True)
class Door:
    """Wraps handlers into endpoints. `public_origin` is scheme and host as a browser names them.

    A post is a form with the field `csrf`, or a JSON object with the header `X-CSRF`: `fields["json"]` is its text.
    """

    sign_on: SignOn
    courts: Courts
    seals: Seals
    cookies: Cookies
    client_of: Callable[[Request], Client]
    public_origin: str
    body_s_max: float = BODY_S_MAX

    def anyone(self, handler: Handler) -> Endpoint:
        """Admit everybody. A post must carry the token of the browser's nonce, which the answer to a GET sets."""

        async def endpoint(request: Request) -> Response:
            court = self._court(request)
            session = await self._session(request)
            known = self.cookies.read(request, NONCE)
            nonce = known or new_nonce()
            visit = Visit(
                request=request,
                court=court,
                client=self.client_of(request),
                query=query_of(request),
                fields=await self._fields(request, known),
                session=session,
                form_token=self.seals.token(nonce.encode()),
            )
            response = await handler(visit)
            if not known:
                self.cookies.put(response, NONCE, nonce)
            return response

        return endpoint

    def signed_in(self, handler: SignedHandler) -> Endpoint:
        """Admit who is signed in and owes nothing more; others go to the page that comes first and leads back here."""

        async def settled(visit: SignedVisit) -> Response:
            stop = next_stop(visit.session, visit.court)
            return await handler(visit) if stop is None else see_other(_first(visit.address(stop), visit.path))

        return self.half_signed_in(settled)

    def half_signed_in(self, handler: SignedHandler) -> Endpoint:
        """Admit who has a session, however far it has come, and send others to the sign-in page."""

        async def endpoint(request: Request) -> Response:
            court = self._court(request)
            session = await self._session(request)
            if session is None:
                return see_other(_first(f"/{court.court_id}/sign-in", request.scope["path"]))
            subject = session.token_hash.hex()
            visit = SignedVisit(
                request=request,
                court=court,
                client=self.client_of(request),
                query=query_of(request),
                fields=await self._fields(request, subject),
                session=session,
                form_token=self.seals.token(subject.encode()),
            )
            return await handler(visit)

        return endpoint

    def bare(self, handler: BareHandler) -> Endpoint:
        """Admit everybody without court, session or form: for programs, which carry their credentials in the body."""

        async def endpoint(request: Request) -> Response:
            return await handler(request, self.client_of(request))

        return endpoint

    def _court(self, request: Request) -> Court:
        court = self.courts.get(request.path_params["court_id"])
        if court is None:
            raise PageFault(
                404,
                "Court not found",
                "No court of the registry has this address.",
                "Choose your court from the list of courts.",
            )
        return court

    async def _session(self, request: Request) -> Session | None:
        token = self.cookies.read(request, SESSION)
        if token:
            session = await self.sign_on.session(token)
            return session if session is not None and session.origin == Origin.PAGES else None
        if request.method not in _READING:
            return None
        # A filing program's token opens pages to read; a post needs a session of the pages themselves.
        token = request.headers.get(TOKEN_HEADER, "") or self.cookies.read(request, TOKEN)
        return await self.sign_on.session(token) if token else None

    async def _fields(self, request: Request, subject: str) -> Mapping[str, str]:
        if request.method in _READING:
            return {}
        if not self._from_our_pages(request):
            raise form_not_ours()
        fields = await form_of(request, seconds_max=self.body_s_max)
        token = request.headers.get("x-csrf", "") if "json" in fields else fields.get(FORM_TOKEN, "")
        if not subject or not self.seals.fits(token, subject.encode()):
            raise form_not_ours()
        return fields

    def _from_our_pages(self, request: Request) -> bool:
        # Sec-Fetch-Site is the browser's own word and decides alone; older browsers send Origin. The token is asked for
        # in either case.
        site = request.headers.get("sec-fetch-site")
        if site is not None:
            return site == "same-origin"
        origin = request.headers.get("origin", self.public_origin)
        # The second: the site under another of its names. A name that is not ours has none of our cookies.
        return origin == self.public_origin or origin.partition("://")[2] == request.headers.get("host", "")


def _first(stop: str, path: str) -> str:
    # The menu is where a sign-in leads anyway, and signing out again would be no use.
    after = "" if path.endswith(("/menu", "/sign-out")) else own_path(path)
    return stop + (f"?{urlencode({'next': after})}" if after else "")
