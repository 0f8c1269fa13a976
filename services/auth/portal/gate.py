"""In front of the pages: a sign-in for which there is no room now is answered from prepared bytes.

No session is read and no template filled, so that a flood of tries costs next to nothing and those who are inside go
on. Only the addresses at which a password is given are gated; never a page, never the link walk. Where there is room, a
form that has arrived with its headers is looked at for the name alone: a stranger who was told to wait a moment ago is
told so again.
"""

import asyncio
import re
from collections.abc import Callable
from typing import Final, Protocol
from urllib.parse import parse_qsl, quote, unquote_plus

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.auth.portal.bodies import FIELD_COUNT_MAX
from services.auth.portal.pages.signin import TICKET_LENGTH_MAX
from services.auth.portal.ports import Client

PAUSE_S: Final = 0.25
_SIGN_IN: Final = re.compile(r"/([A-Z0-9]{2,12})/sign-in")
_API: Final = "/services/cso-auth"

_PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>503</title></head>
<body><main><h1>Please wait &middot; Espere, por favor</h1>
<p>Too many tries at this moment. Nothing is lost. Wait {seconds} s, then <a href="{address}">sign in again</a>.</p>
<p lang="es">Demasiados intentos en este momento. No se ha perdido nada. Espere {seconds} s y luego
<a href="{address}">inicie sesi&oacute;n de nuevo</a>.</p></main></body></html>
"""
_XML: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    "<CsoAuth><loginResult>1</loginResult><errorDescription>{text}</errorDescription></CsoAuth>"
)
_JSON: Final = '{{"loginResult":"1","errorDescription":"{text}"}}'
_TEXT: Final = "Too many requests at this moment. Wait {seconds} seconds and try again."

_USERNAME: Final = re.compile(rb"(?:^|&)username=([^&]+)")
_TICKET: Final = re.compile(rb"(?:^|&)ticket=([^&]+)")
# No browser writes these names so; a program that wants to be overlooked may.
_ENCODED_NAME: Final = re.compile(rb"(?:^|&)[^=&%]*%[^=&]*=")
_GLANCE_S: Final = 0.05
_GLANCE_BYTES_MAX: Final = 4096


class Room(Protocol):
    """Whether there is room for one more try; both count what is turned away."""

    def wait_s(self, client: Client, court_id: str | None) -> int:
        """Return 0, or after how many seconds anybody from there may try again."""

    def held(self, login: str, client: Client, ticket: str) -> tuple[int, str]:
        """Return the seconds that a try of this name with this ticket (or none) has to wait, with a ticket; or 0."""


class Gate:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, room: Room | None, client_of: Callable[[Request], Client]) -> None:
        self._app = app
        self._room = room
        self._client_of = client_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 503 at once where there is no room, else as the app does."""
        if self._room is not None and scope["type"] == "http" and scope["method"] == "POST":
            await self._admit(self._room, scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _admit(self, room: Room, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        page = _SIGN_IN.fullmatch(path)
        if page is None and path != _API:
            await self._app(scope, receive, send)
            return
        client = self._client_of(Request(scope))
        wait_s, ticket = room.wait_s(client, page[1] if page else None), ""
        if not wait_s and page:
            first, receive = await _first(receive)
            whole = first is not None and _is_whole(first, scope)
            login, brought = _asked(first.get("body", b"")) if first and whole else ("", "")
            wait_s, ticket = room.held(login, client, brought) if login else (0, "")
        if not wait_s:
            await self._app(scope, receive, send)
            return
        # A connection that is turned away comes back no faster than this, so that a flood does not fill the loop.
        await asyncio.sleep(PAUSE_S)
        kind, body = _prepared(scope, wait_s, ticket)
        await _send(send, 503, [(b"content-type", kind), (b"retry-after", b"%d" % wait_s)], body)


async def _first(receive: Receive) -> tuple[Message | None, Receive]:
    """Return what arrived of the body already, and what gives the app the same from its beginning."""
    try:
        async with asyncio.timeout(_GLANCE_S):
            first = await receive()
    except TimeoutError:
        return None, receive
    given = iter((first,))

    async def again() -> Message:
        return next(given, None) or await receive()

    return first, again


def _is_whole(first: Message, scope: Scope) -> bool:
    size = len(first.get("body", b""))
    if size > _GLANCE_BYTES_MAX or not first.get("more_body", False):
        return size <= _GLANCE_BYTES_MAX
    return Request(scope).headers.get("content-length", "") == str(size)


def _asked(body: bytes) -> tuple[str, str]:
    """Return the name and the ticket of a form; nothing of one that the pages will not take, as they say why."""
    if not body.isascii():
        return "", ""
    if _ENCODED_NAME.search(body):
        try:
            fields = dict(parse_qsl(body.decode("ascii"), max_num_fields=FIELD_COUNT_MAX))
        except ValueError:
            return "", ""
        return fields.get("username", "").strip(), fields.get("ticket", "")[:TICKET_LENGTH_MAX]
    return _value(_USERNAME, body).strip(), _value(_TICKET, body)[:TICKET_LENGTH_MAX]


def _value(field: re.Pattern[bytes], body: bytes) -> str:
    found = field.search(body)
    return unquote_plus(found[1].decode("ascii")) if found else ""


async def _send(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    told = [*headers, (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": told})
    await send({"type": "http.response.body", "body": body})


def _prepared(scope: Scope, wait_s: int, ticket: str) -> tuple[bytes, bytes]:
    if scope["path"] != _API:
        # The path fits _SIGN_IN; of the ticket, a part may be what was sent.
        address = f"{scope['path']}?ticket={quote(ticket, safe='')}" if ticket else scope["path"]
        return b"text/html; charset=utf-8", _PAGE.format(seconds=wait_s, address=address).encode()
    text = _TEXT.format(seconds=wait_s)
    headers = Request(scope).headers
    # As the API answers: what was asked for, else as it was asked.
    accepted, sent = headers.get("accept", "").lower(), headers.get("content-type", "").lower()
    if "json" not in accepted and ("xml" in accepted or "xml" in sent):
        return b"application/xml; charset=utf-8", _XML.format(text=text).encode()
    return b"application/json", _JSON.format(text=text).encode()
