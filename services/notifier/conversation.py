"""The bytes on an SMTP connection that is open and greeted: commands out, replies in, in order.

aiosmtplib opens the connection (TLS, EHLO, sign-in) and then hands its transport over: it waits for each reply before
the next command, where a server that offers PIPELINING (RFC 2920) takes a whole envelope in one write.
"""

import asyncio
from collections import deque
from typing import Final, NamedTuple

REPLY_BYTES_MAX: Final = 32 * 1024
_CODE_DIGITS: Final = 3


class Reply(NamedTuple):
    """One reply of the server; a reply of several lines is one text."""

    code: int
    text: str


class Lost(Exception):
    """The connection is gone, or what comes over it is not SMTP: no reply will come any more."""


class Conversation(asyncio.Protocol):
    """Takes a transport over from whoever opened it."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._buffer = bytearray()
        self._lines: list[str] = []
        self._replies: deque[Reply] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._lost: str | None = "the connection was closed" if transport.is_closing() else None
        transport.set_protocol(self)

    @property
    def quiet(self) -> bool:
        """Whether the connection stands and the server has said nothing that was not asked for."""
        return self._lost is None and not self._replies and not self._transport.is_closing()

    def write(self, data: bytes) -> None:
        """Send bytes. Raises Lost where nobody would get them."""
        if self._lost is not None:
            raise Lost(self._lost)
        self._transport.write(data)

    async def reply(self) -> Reply:
        """Return the next reply. Raises Lost; what it takes too long is the caller's to say."""
        while not self._replies:
            if self._lost is not None:
                raise Lost(self._lost)
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        return self._replies.popleft()

    def close(self, why: str = "we closed the connection") -> None:
        """Close at once; nothing that is still buffered is sent."""
        self._end(why)
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        *lines, rest = self._buffer.split(b"\n")
        self._buffer = rest
        for line in lines:
            self._take(bytes(line).rstrip(b"\r"))
        if len(self._buffer) + sum(map(len, self._lines)) > REPLY_BYTES_MAX:
            self.close("the server's reply does not end")
        self._wake()

    def _take(self, line: bytes) -> None:
        digits, more, text = line[:_CODE_DIGITS], line[_CODE_DIGITS : _CODE_DIGITS + 1], line[_CODE_DIGITS + 1 :]
        if len(digits) != _CODE_DIGITS or not digits.isdigit() or more not in {b"", b" ", b"-"}:
            self.close("the server said something that is not an SMTP reply")
            return
        self._lines.append(text.decode("utf-8", "replace"))
        if more != b"-":
            self._replies.append(Reply(int(digits), " ".join(self._lines)))
            self._lines = []

    def eof_received(self) -> bool:
        self._end("the server closed the connection")
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._end(f"the connection was lost: {exc}" if exc else "the server closed the connection")

    def _end(self, why: str) -> None:
        if self._lost is None:
            self._lost = why
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
