"""The headers on every answer: nothing but our own files may load, nobody may frame us, nothing is kept.

Only files under /static/ may be cached; their addresses change with their content.
"""

from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'"
)
_ALWAYS: Final = {
    "Content-Security-Policy": _POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": (
        "camera=(), geolocation=(), microphone=(), payment=(), usb=(), "
        "publickey-credentials-get=(self), publickey-credentials-create=(self)"
    ),
    # Not "no-referrer": browsers then send `Origin: null` with our own forms.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_HSTS: Final = "max-age=31536000; includeSubDomains"
_STATIC: Final = "/static/"
_CACHE: Final = b"cache-control"
_KEPT: Final = b"public, max-age=31536000, immutable"
_NOT_KEPT: Final = b"no-store"


class StrictHeaders:
    """ASGI middleware; the outermost, so that pages about errors have the headers too."""

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self._app = app
        always = _ALWAYS | ({"Strict-Transport-Security": _HSTS} if secure else {})
        # As they are sent: a flood of refusals has them too.
        self._headers = [(name.lower().encode(), value.encode()) for name, value in always.items()]
        self._names = {name for name, _ in self._headers} | {_CACHE}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the app does, with the headers added."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                found = message["status"] in {200, 304}
                kept = found and scope["path"].startswith(_STATIC)
                own = [header for header in message.get("headers", ()) if header[0] not in self._names]
                message["headers"] = [*own, *self._headers, (_CACHE, _KEPT if kept else _NOT_KEPT)]
            await send(message)

        await self._app(scope, receive, send_with_headers)
