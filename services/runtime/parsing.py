"""Reads requests from a connection: a parser in C, bounds on what it is fed, and nothing that two could read unlike.

The parser refuses what is wrong in itself. Refused here is what it lets pass: heads without end, a host that stands
twice or nowhere, a body that is framed in an odd way, more requests at once than anybody needs.
"""

from contextlib import suppress
from typing import Final

from httptools import HttpParserError, HttpParserUpgrade
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

HEADER_BYTES_MAX: Final = 32 * 1024
HEADER_COUNT_MAX: Final = 100
PIPELINED_COUNT_MAX: Final = 16
# So much is parsed before it is looked at again whether a head ever ends.
SLICE_BYTES: Final = 16 * 1024


class Refused(Exception):
    """A request that is answered here, and ends its connection."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


class StrictHttp(HttpToolsProtocol):
    """uvicorn's protocol, bounded. A head has at most HEADER_BYTES_MAX and one slice, and HEADER_COUNT_MAX fields."""

    # Bytes since the last that was body or ended a head: of a head, of a trailer, of what stands between two requests.
    _idle_bytes = 0
    _went_on = False
    _in_head = False
    _in_body = False
    _deaf = False
    # Of the body of a request that asked for another protocol: the parser leaves it to us.
    _plain_bytes_left = 0

    @property
    def answering(self) -> bool:
        """Whether a request has begun that is not answered yet."""
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and not cycle.response_complete

    def connection_made(self, transport: object) -> None:
        """Begin, with the parser as strict as it is made."""
        super().connection_made(transport)  # type: ignore[arg-type]  # as uvicorn narrows it
        # uvicorn lets it go on after the last request of a connection; here `_refuse` sees to that one's answer.
        self.parser.set_dangerous_leniencies(lenient_data_after_close=False)

    def data_received(self, data: bytes) -> None:
        """Parse what has arrived, a slice at a time."""
        self._unset_keepalive_if_required()
        for start in range(0, len(data), SLICE_BYTES):
            if self.transport.is_closing():
                return
            self._take(data if len(data) <= SLICE_BYTES else data[start : start + SLICE_BYTES])

    def _take(self, data: bytes) -> None:
        if self._deaf:
            self._take_plain(data)
            return
        self._went_on = False
        try:
            self.parser.feed_data(data)
        except HttpParserUpgrade as upgrade:
            # We speak nothing else, and answer as if it had not been asked for: with the last answer of the connection.
            self._end_after_answer()
            self._take_plain(data[upgrade.args[0] :])
        except HttpParserError as error:
            refused = error.__context__ if isinstance(error.__context__, Refused) else None
            self._refuse(refused or Refused(400, "Invalid HTTP request received."))
        else:
            self._idle_bytes = 0 if self._went_on else self._idle_bytes + len(data)
            if self._idle_bytes > HEADER_BYTES_MAX:
                self._refuse(Refused(431, "Too long a header.") if self._in_head else Refused(400, "Not a request."))

    def on_message_begin(self) -> None:
        """Begin a head."""
        self._in_head = True
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a field of the head. What trails a body is no part of a request that is under way: it is left out."""
        if self._in_head:
            if len(self.headers) >= HEADER_COUNT_MAX:
                raise Refused(431, "Too many header fields.")
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Begin the request, unless its head is odd."""
        self._in_head, self._went_on = False, True
        _check(self.parser.get_http_version(), self.headers)
        if self.parser.should_upgrade():
            self._plain_bytes_left = _length(self.headers)
        if len(self.pipeline) >= PIPELINED_COUNT_MAX:
            raise Refused(400, "Too many requests at once.")
        super().on_headers_complete()
        self._in_body = True

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        self._went_on = True
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End the request."""
        if not self._plain_bytes_left:
            self._in_body, self._went_on = False, True
            super().on_message_complete()

    def _take_plain(self, data: bytes) -> None:
        body = data[: self._plain_bytes_left]
        if body:
            self._plain_bytes_left -= len(body)
            self.on_body(body)
            if not self._plain_bytes_left:
                self.on_message_complete()

    def _refuse(self, refused: Refused) -> None:
        self._deaf = True
        if self._in_body and (self.pipeline or self.cycle.response_started):
            # An answer is under way already, and the rest of this request will never come.
            self.transport.abort()
        elif self.answering and not self._in_body:
            self._end_after_answer()
        else:
            self._say(refused)

    def _end_after_answer(self) -> None:
        self._deaf = True
        if self.answering:
            self.cycle.keep_alive = False
        else:
            self.transport.close()

    def _say(self, refused: Refused) -> None:
        text = f"{refused.text}\n".encode()
        head = b"content-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\nconnection: close\r\n\r\n" % len(text)
        self.transport.write(STATUS_LINE[refused.status] + head + text)
        with suppress(RuntimeError):  # the other side was faster
            self.transport.close()


def _check(version: str, headers: list[tuple[bytes, bytes]]) -> None:
    if version not in {"1.0", "1.1"}:
        raise Refused(400, "Not a version of HTTP that is spoken here.")
    names = [name for name, _ in headers]
    hosts = names.count(b"host")
    if hosts > 1 or (not hosts and version == "1.1"):
        raise Refused(400, "A request names one host.")
    codings = [value.strip().lower() for name, value in headers if name == b"transfer-encoding"]
    if codings and (codings != [b"chunked"] or version != "1.1"):
        raise Refused(400, "Not a transfer encoding that is understood here.")


def _length(headers: list[tuple[bytes, bytes]]) -> int:
    # The parser has seen to it that there is one at most, and that it is a number.
    fields = dict(headers)
    if b"transfer-encoding" in fields:
        raise Refused(400, "A body in chunks goes with no other protocol.")
    return int(fields.get(b"content-length", b"0"))
