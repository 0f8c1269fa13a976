"""Connections that keep us waiting, over real sockets: each is dropped at its deadline, and none shuts others out."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from starlette.types import Receive, Scope, Send

from services.runtime.connections import PatientHttp
from services.runtime.parsing import HEADER_BYTES_MAX
from services.runtime.process import serving

PATIENCE_S = 10.0
LARGE = b"x" * 8_000_000


class Hasty(PatientHttp):
    headers_s_max = 0.4
    answer_s_max = 0.8
    connection_count_max = 20


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """`/body` waits for the whole body, `/unread` answers without it, `/large` sends more than a socket takes."""
    if scope["path"] == "/body":
        while (await receive()).get("more_body"):
            pass
    body = LARGE if scope["path"] == "/large" else b"done"
    headers = [(b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@pytest.fixture
async def port() -> AsyncIterator[int]:
    async with serving(app, host="127.0.0.1", port=0, http=Hasty, timeout_keep_alive=30) as taken:
        yield taken


async def opened(port: int, first: bytes = b"") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(first)
    await writer.drain()
    return reader, writer


async def until_dropped(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, trickle: bytes = b"") -> bytes:
    """Go on sending a byte at a time until the other side ends the connection; return what it said."""
    said = b""
    with suppress(ConnectionError):
        async with asyncio.timeout(PATIENCE_S):
            while True:
                if trickle:
                    writer.write(trickle)
                with suppress(TimeoutError):
                    more = await asyncio.wait_for(reader.read(65536), 0.05)
                    said += more
                    if not more:
                        break
    writer.close()
    return said


async def ask(port: int, path: str = "/unread") -> bytes:
    reader, writer = await opened(port, f"GET {path} HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n".encode())
    async with asyncio.timeout(PATIENCE_S):
        said = await reader.read()
    writer.close()
    return said


@pytest.mark.parametrize(
    "first,trickle",
    [
        (b"", b""),
        (b"GET / HTTP/1.1\r\nHost: here\r\n", b""),
        (b"GET / HTTP/1.1\r\nX-Slow: ", b"a"),
        (b"P", b"O"),
        (b"\r\n", b"\r\n"),
    ],
)
async def test_headers_that_do_not_come_end_the_connection(port: int, first: bytes, trickle: bytes) -> None:
    assert b"200" not in await until_dropped(*await opened(port, first), trickle)


async def test_body_that_trickles_ends_the_connection(port: int) -> None:
    first = b"POST /body HTTP/1.1\r\nHost: here\r\nContent-Length: 60000\r\n\r\n"
    assert b"200" not in await until_dropped(*await opened(port, first), b"a")


async def test_body_that_nobody_waits_for_may_not_trickle_for_ever(port: int) -> None:
    first = b"POST /unread HTTP/1.1\r\nHost: here\r\nContent-Length: 60000\r\n\r\n"
    assert b"200 OK" in await until_dropped(*await opened(port, first), b"a")


async def test_second_request_on_a_connection_has_a_deadline_too(port: int) -> None:
    reader, writer = await opened(port, b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
    assert b"200 OK" in await reader.readuntil(b"done")
    writer.write(b"GET / HTTP/1.1\r\nX-Slow: ")
    assert await until_dropped(reader, writer, b"a") == b""


@pytest.mark.parametrize("last", [b"", b"Connection: close\r\n"], ids=["kept", "closing"])
async def test_reader_that_stalls_ends_the_connection(port: int, last: bytes) -> None:
    reader, writer = await opened(port, b"GET /large HTTP/1.1\r\nHost: here\r\n" + last + b"\r\n")
    await asyncio.sleep(2.5)  # reads nothing meanwhile
    said = await until_dropped(reader, writer)
    assert len(said) < len(LARGE)


async def test_headers_beyond_their_bound_are_refused(port: int) -> None:
    reader, writer = await opened(port, b"GET / HTTP/1.1\r\nX-Long: " + b"a" * (2 * HEADER_BYTES_MAX))
    assert b"431" in await until_dropped(reader, writer)


async def test_flood_of_idle_connections_shuts_nobody_out(port: int) -> None:
    idle = [await opened(port, b"GET / HTTP/1.1\r\nX-Slow: ") for _ in range(3 * Hasty.connection_count_max)]
    answers = await asyncio.gather(*(ask(port) for _ in range(5)))
    assert all(b"200 OK" in answer for answer in answers)
    for _, writer in idle:
        writer.close()


async def test_readers_that_stall_while_we_close_shut_nobody_out(port: int) -> None:
    last = b"GET /large HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n"
    stalled = [await opened(port, last) for _ in range(Hasty.connection_count_max)]
    answers = [await ask(port) for _ in range(2 * Hasty.connection_count_max)]
    assert all(b"200 OK" in answer for answer in answers)
    for _, writer in stalled:
        writer.close()


async def test_request_under_way_is_not_dropped_for_newcomers(port: int) -> None:
    reader, writer = await opened(port, b"POST /body HTTP/1.1\r\nHost: here\r\nContent-Length: 2\r\n\r\na")
    others = [await opened(port) for _ in range(2 * Hasty.connection_count_max)]
    writer.write(b"b")
    async with asyncio.timeout(PATIENCE_S):
        assert b"200 OK" in await reader.readuntil(b"done")
    for _, other in (*others, (reader, writer)):
        other.close()
