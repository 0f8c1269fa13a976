"""The door of every page of a court: finds court and session, reads the form, and lets no forged post through.

Past it a handler has a Visit; what is wrong before that becomes a PageFault or a way to the sign-in page.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from services.auth.portal.bodies import form_of, query_of
from services.auth.portal.cookies import NONCE, SESSION, Cookies
from services.auth.portal.faults import PageFault, form_not_ours
from services.auth.portal.ports import Client, Courts, Session, SignOn
from services.auth.portal.seals import Seals, new_nonce
from services.auth.portal.visit import Endpoint, Handler, SignedHandler, SignedVisit, Visit, see_other
from services.contract.courts import Court

FORM_TOKEN = "csrf"  # noqa: S105 - a field's name


@dataclass(frozen=True, kw_only=True)
class Door:
    """Wraps handlers into endpoints. `public_origin` is scheme and host as a browser names them."""

    sign_on: SignOn
    courts: Courts
    seals: Seals
    cookies: Cookies
    client_of: Callable[[Request], Client]
    public_origin: str

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
        """Admit who is signed in, and send others to the sign-in page, which leads back here."""

        async def endpoint(request: Request) -> Response:
            court = self._court(request)
            session = await self._session(request)
            if session is None:
                return see_other(_sign_in_first(request, court))
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
        return await self.sign_on.session(token) if token else None

    async def _fields(self, request: Request, subject: str) -> Mapping[str, str]:
        if request.method != "POST":
            return {}
        if not self._from_our_pages(request):
            raise form_not_ours()
        fields = await form_of(request)
        if not subject or not self.seals.fits(fields.get(FORM_TOKEN, ""), subject.encode()):
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


def _sign_in_first(request: Request, court: Court) -> str:
    path: str = request.scope["path"]
    # The menu is where a sign-in leads anyway, and signing out again would be no use.
    after = "" if path.endswith(("/menu", "/sign-out")) else "?" + urlencode({"next": path})
    return f"/{court.court_id}/sign-in{after}"
