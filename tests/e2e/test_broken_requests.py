"""Bytes that no browser sends, to the real server: each ends with a 4xx or the sign-in page, none with a 500."""

import socket
from typing import Final

import pytest

from services.ops.stack.ports import LOOPBACK
from tests.system import System

_END: Final = b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
_FORM: Final = _END + b"Content-Type: application/x-www-form-urlencoded\r\n"
_CHUNK: Final = b"4000\r\n" + b"a" * 0x4000 + b"\r\n"
REQUESTS: Final = (
    (b"GET /UTBK/\xff\xfe" + _END + b"\r\n", {400}),
    (b"GET /UTBK/%ff%00" + _END + b"\r\n", {404}),
    (b"GET /static/%2e%2e/app.py" + _END + b"\r\n", {404}),
    (b"GET /static/%00" + _END + b"\r\n", {404}),
    (b"GET /UTBK/bankruptcy HTTP/1.1\r\nHost: [\r\nConnection: close\r\n\r\n", {303}),
    (b"GET /UTBK/menu" + _END + b"Cookie: ecflink-session=\xff\xfe; \xff\r\n\r\n", {303}),
    (b"GET /UTBK/menu" + _END + b"X-Forwarded-For: \xff\r\ntraceparent: \xff\r\n\r\n", {303}),
    (b"POST /UTBK/sign-in" + _FORM + b"Content-Length: -5\r\n\r\n", {400}),
    (b"POST /UTBK/sign-in" + _FORM + b"Content-Length: 999999999\r\n\r\nabc", {413}),
    (b"POST /UTBK/sign-in" + _FORM + b"Transfer-Encoding: chunked\r\n\r\n" + _CHUNK * 6 + b"0\r\n\r\n", {413}),
    (b"POST /UTBK/sign-in" + _END + b"Content-Type: \xff\r\nContent-Length: 3\r\n\r\na=b", {415}),
    (b"GET /UTBK/menu" + _END + b"X: " + b"a" * 200_000 + b"\r\n\r\n", {400, 431}),
    (b"\x00\x01\x02\r\n\r\n", {400}),
)


@pytest.mark.thorough
def test_broken_requests_are_refused_and_the_server_goes_on(system: System) -> None:
    for sent, expected in REQUESTS:
        assert _status(system.http_port, sent) in expected, sent[:60]


def _status(port: int, sent: bytes) -> int:
    with socket.create_connection((LOOPBACK, port), timeout=10) as connection:
        connection.sendall(sent)
        return int(connection.recv(4096).split(b" ", 2)[1])
