"""A connection without a socket: bytes go in as they are cut, and what was understood of them comes out."""

import asyncio
import itertools
from dataclasses import dataclass, field
from typing import NamedTuple

import h11
from starlette.types import Receive, Scope, Send
from uvicorn import Config
from uvicorn.server import ServerState

from services.runtime.parsing import StrictHttp

Fields = tuple[tuple[bytes, bytes], ...]


class Understood(NamedTuple):
    """A request as the app was given it."""

    method: str
    path: bytes
    headers: Fields
    body: bytes


@dataclass
class Wire(asyncio.Transport):
    """The other side. `said` is what was answered, `ended` whether the connection was ended from our side."""

    said: bytes = b""
    ended: bool = False
    closed: bool = False
    aborted: bool = False

    def get_extra_info(self, name: str, default: object = None) -> object:  # noqa: ARG002 - nothing is known
        return default

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.said += data if not self.closed else b""

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.closed = self.aborted = True

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None:
        """Nothing is read by itself."""

    def resume_reading(self) -> None:
        """Nothing is read by itself."""


@dataclass
class Seen:
    """An app that reads a request whole and answers `done`."""

    requests: list[Understood] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body, more = body + message.get("body", b""), message.get("more_body", False)
        self.requests.append(Understood(scope["method"], scope["raw_path"], tuple(scope["headers"]), body))
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4")]})
        await send({"type": "http.response.body", "body": b"done"})


async def told(sent: bytes, cuts: tuple[int, ...] = ()) -> tuple[list[Understood], Wire]:
    """Feed bytes to our protocol, cut at these places; return the whole requests that the app was given."""
    app, wire = Seen(), Wire()
    config = Config(app, lifespan="off", log_config=None, access_log=False, ws="none")
    config.load()
    protocol = StrictHttp(config, ServerState(), {})
    protocol.connection_made(wire)
    places = sorted({0, len(sent), *(cut for cut in cuts if cut < len(sent))})
    for start, end in itertools.pairwise(places):
        if not wire.closed:
            protocol.data_received(sent[start:end])
        for _ in range(3):
            await asyncio.sleep(0)
    await _settled(protocol, wire)
    return app.requests, wire


async def _settled(protocol: StrictHttp, wire: Wire) -> None:
    for _ in range(200):
        if not protocol.tasks:
            break
        await asyncio.sleep(0)
    wire.ended = wire.closed
    protocol.connection_lost(None)
    for _ in range(10):
        await asyncio.sleep(0)


def by_h11(sent: bytes) -> list[Understood]:
    """Return the whole requests that h11 reads in the same bytes, an empty line before each left out."""
    found: list[Understood] = []
    while sent := sent.lstrip(b"\r\n"):
        connection = h11.Connection(h11.SERVER)
        connection.receive_data(sent)
        request = _next(connection)
        if request is None:
            break
        found.append(request)
        sent = connection.trailing_data[0] if connection.their_state is h11.DONE else b""
    return found


def _next(connection: h11.Connection) -> Understood | None:
    request: h11.Request | None = None
    body = b""
    try:
        while True:
            event = connection.next_event()
            if isinstance(event, h11.Request):
                request = event
            elif isinstance(event, h11.Data):
                body += event.data
            elif isinstance(event, h11.EndOfMessage) and request is not None:
                return Understood(request.method.decode(), request.target, tuple(request.headers), body)
            else:
                return None
    except h11.RemoteProtocolError:
        return None
