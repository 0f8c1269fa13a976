"""One person's browser: a session of its own over connections that all share, each request marked as the replay's."""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Final

import httpx

from services.replay.front_door.pages import Page

ANSWER_S_MAX: Final = 60.0
REDIRECT_COUNT_MAX: Final = 5
CONNECTION_COUNT_MAX: Final = 500
_SEE_OTHER: Final = 303


class Stopped(Exception):
    """A walk could not go on; the message says where and why."""


def shared_connections() -> httpx.AsyncHTTPTransport:
    """Return the connections of all visitors of a worker, kept alive between requests."""
    limits = httpx.Limits(max_connections=CONNECTION_COUNT_MAX, max_keepalive_connections=CONNECTION_COUNT_MAX)
    return httpx.AsyncHTTPTransport(limits=limits, trust_env=False)


class Visitor:
    """A browser with cookies. `address` is told as the filer's: it counts where the deployment trusts our host."""

    def __init__(self, connections: httpx.AsyncBaseTransport, url: str, mark: str, address: str) -> None:
        self._http = httpx.AsyncClient(
            transport=connections,
            base_url=url,
            timeout=ANSWER_S_MAX,
            trust_env=False,
            headers={"Replay-Run": mark, "X-Forwarded-For": address, "User-Agent": "ecflink-replay"},
        )

    async def get(self, path: str) -> Page:
        """Return a page, wherever it leads. Raises Stopped."""
        for _ in range(REDIRECT_COUNT_MAX):
            answer = await self._ask("GET", path)
            if answer.status_code != _SEE_OTHER:
                return Page(path, answer.status_code, answer.text)
            path = _own(answer)
        raise Stopped(f"{path}: sent on more than {REDIRECT_COUNT_MAX} times")

    async def post(self, path: str, fields: Mapping[str, str]) -> Page:
        """Send a form and return the page that it leads to. Raises Stopped."""
        there = await self.send(path, fields)
        return await self.get(there) if isinstance(there, str) else there

    async def send(self, path: str, fields: Mapping[str, str]) -> str | Page:
        """Send a form; return the path that it leads to, or the page where it leads nowhere else. Raises Stopped."""
        answer = await self._ask("POST", path, fields)
        return _own(answer) if answer.status_code == _SEE_OTHER else Page(path, answer.status_code, answer.text)

    async def _ask(self, method: str, path: str, fields: Mapping[str, str] | None = None) -> httpx.Response:
        try:
            return await self._http.request(method, path, data=fields)
        except httpx.HTTPError as trouble:
            raise Stopped(f"{method} {path}: {str(trouble) or type(trouble).__name__}") from None


def _own(answer: httpx.Response) -> str:
    path = answer.headers.get("location", "")
    if not path.startswith("/") or path.startswith("//"):
        raise Stopped(f"{answer.request.url.path} leads to {path!r}, which is no page of this site")
    return str(path)


def address_of(account: str) -> str:
    """Return an address for a person, the same each time: of 198.18.0.0/15, which is for tests alone (RFC 2544)."""
    place = int.from_bytes(blake2b(account.encode(), digest_size=3).digest())
    return f"198.{18 + (place >> 16 & 1)}.{place >> 8 & 0xFF}.{place & 0xFF}"
