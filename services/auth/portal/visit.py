"""One request as the pages see it: which court, who, from where, with which fields; and the way to the next page."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.auth.portal.ports import Client, Session
from services.contract.courts import Court


@dataclass(frozen=True, kw_only=True)
class Visit:
    """A request at a court. `fields` are a posted form's, `query` what stands behind the question mark.

    `form_token` goes into each form of the answer, so that it can be posted back.
    """

    request: Request
    court: Court
    client: Client
    fields: Mapping[str, str]
    query: Mapping[str, str]
    session: Session | None
    form_token: str

    @property
    def path(self) -> str:
        """The path that was asked for. Not from `request.url`, which is built from whatever host the request names."""
        path: str = self.request.scope["path"]
        return path

    def address(self, place: str = "") -> str:
        """Return the path of another page of the same court."""
        return f"/{self.court.court_id}/{place}"


@dataclass(frozen=True, kw_only=True)
class SignedVisit(Visit):
    """A request of a filer who is signed in."""

    session: Session


Handler = Callable[[Visit], Awaitable[Response]]
SignedHandler = Callable[[SignedVisit], Awaitable[Response]]
Endpoint = Callable[[Request], Awaitable[Response]]


def see_other(path: str) -> Response:
    """Send the browser on with a GET: after each post that was done, and where a step comes first."""
    return RedirectResponse(path, status_code=303)
