"""The generator of `signin`, a process of its own: people who open the sign-in page, fill in its form and send it.

`python -m bench.visitors PORT SECONDS CLIENTS ACCOUNTS` prints what it did as JSON. Each client keeps one connection
and is a new person each time: no cookie is carried over, as with a browser that has just been opened.
"""

import re
import socket
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final, NamedTuple
from urllib.parse import urlencode

import orjson

COURT: Final = "UTBK"
PASSWORD: Final = "Bench-Pacer-1"  # noqa: S105 - of accounts that live for one run
_PATH: Final = f"/{COURT}/sign-in"
_TOKEN: Final = re.compile(rb'name="csrf" value="([0-9a-f]+)"')
_LENGTH: Final = re.compile(rb"(?i)content-length: (\d+)")
_COOKIE: Final = re.compile(rb"(?i)set-cookie: ([^=]+=[^;]*)")
_SEE_OTHER: Final = 303
_TIMEOUT_S: Final = 30
_READ_BYTES: Final = 65_536


class Visits(NamedTuple):
    """What one client saw: sign-ins done, and any other answer's status."""

    signed_in: int
    refused: list[int]


class Answer(NamedTuple):
    """A whole answer as it came."""

    head: bytes
    body: bytes

    @property
    def status(self) -> int:
        return int(self.head[9:12])

    @property
    def cookies(self) -> bytes:
        """The cookies that it sets, as a browser sends them back."""
        return b"; ".join(_COOKIE.findall(self.head))


def login(number: int) -> str:
    """Return the login of an account of this benchmark."""
    return f"visitor{number}"


def visit(port: int, until: float, logins: Iterator[str]) -> Visits:
    """Sign people in, one after the other, until a moment of the monotonic clock."""
    signed_in, refused = 0, []
    host = f"127.0.0.1:{port}"
    with socket.create_connection(("127.0.0.1", port), timeout=_TIMEOUT_S) as wire:
        while time.monotonic() < until:
            status = _sign_in(wire, host, next(logins))
            if status == _SEE_OTHER:
                signed_in += 1
            else:
                refused.append(status)
    return Visits(signed_in, refused)


def _sign_in(wire: socket.socket, host: str, username: str) -> int:
    """Open the page, send its form, and return the answer's status."""
    page = _ask(wire, f"GET {_PATH} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    found = _TOKEN.search(page.body)
    if found is None:
        return 0  # whatever it is: no sign-in
    form = urlencode({"csrf": found[1].decode(), "username": username, "password": PASSWORD, "client_code": ""})
    head = (
        f"POST {_PATH} HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nCookie: {page.cookies.decode()}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(form)}\r\n\r\n"
    )
    answer = _ask(wire, (head + form).encode())
    return answer.status if b"ecflink-session" in answer.cookies else 0


def _ask(wire: socket.socket, request: bytes) -> Answer:
    # No library of HTTP: what the generator uses is taken from the same cores as what is measured.
    wire.sendall(request)
    data = b""
    while b"\r\n\r\n" not in data:
        data += _read(wire)
    head, _, body = data.partition(b"\r\n\r\n")
    found = _LENGTH.search(head)
    length = int(found[1]) if found else 0
    while len(body) < length:
        body += _read(wire)
    return Answer(head, body)


def _read(wire: socket.socket) -> bytes:
    data = wire.recv(_READ_BYTES)
    if not data:
        raise ConnectionError("the connection was ended before its answer was complete")
    return data


def main(port: int, seconds: float, clients: int, accounts: int) -> None:
    """Run the clients side by side and print the sum, with the processor that the generator itself used."""
    started, used = time.monotonic(), time.process_time()
    with ThreadPoolExecutor(clients) as threads:
        visits = list(
            threads.map(lambda first: visit(port, started + seconds, _people(first, accounts)), range(clients))
        )
    elapsed_s = time.monotonic() - started
    told = {
        "rate": sum(each.signed_in for each in visits) / elapsed_s,
        "refused": [status for each in visits for status in each.refused],
        "cores": (time.process_time() - used) / elapsed_s,
    }
    print(orjson.dumps(told).decode())


def _people(first: int, accounts: int) -> Iterator[str]:
    number = first
    while True:
        yield login(number % accounts)
        number += 1


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
