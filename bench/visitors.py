"""The generator of `signin`, a process of its own: people who open the sign-in page, fill in its form and send it.

`python -m bench.visitors PORT SECONDS CLIENTS ACCOUNTS` prints what it did as JSON. Each client keeps one connection
and is a new person each time: no cookie is carried over, as with a browser that has just been opened.
"""

import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPResponse
from http.cookies import SimpleCookie
from re import compile as pattern
from typing import Final, NamedTuple
from urllib.parse import urlencode

import orjson

COURT: Final = "UTBK"
PASSWORD: Final = "Bench-Pacer-1"  # noqa: S105 - of accounts that live for one run
_PATH: Final = f"/{COURT}/sign-in"
_TOKEN: Final = pattern(rb'name="csrf" value="([0-9a-f]+)"')
_SEE_OTHER: Final = 303
_TIMEOUT_S: Final = 30


class Visits(NamedTuple):
    """What one client saw: sign-ins done, and any other answer's status."""

    signed_in: int
    refused: list[int]


def login(number: int) -> str:
    """Return the login of an account of this benchmark."""
    return f"visitor{number}"


def visit(port: int, until: float, logins: Iterator[str]) -> Visits:
    """Sign people in, one after the other, until a moment of the monotonic clock."""
    http = HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT_S)
    signed_in, refused = 0, []
    while time.monotonic() < until:
        status = _sign_in(http, next(logins))
        if status == _SEE_OTHER:
            signed_in += 1
        else:
            refused.append(status)
    http.close()
    return Visits(signed_in, refused)


def _sign_in(http: HTTPConnection, username: str) -> int:
    """Open the page, send its form, and return the answer's status."""
    http.request("GET", _PATH)
    page = http.getresponse()
    found = _TOKEN.search(page.read())
    if found is None:
        return page.status
    form = {"csrf": found[1].decode(), "username": username, "password": PASSWORD, "client_code": ""}
    http.request("POST", _PATH, urlencode(form), _headers(http, page))
    answer = http.getresponse()
    answer.read()
    return answer.status if "ecflink-session" in (answer.getheader("set-cookie") or "") else 0


def _headers(http: HTTPConnection, page: HTTPResponse) -> dict[str, str]:
    cookies = SimpleCookie()
    for line in page.headers.get_all("set-cookie", []):
        cookies.load(line)
    return {
        "Content-Type": "application/x-www-form-urlencoded",
        "Cookie": "; ".join(f"{name}={morsel.value}" for name, morsel in cookies.items()),
        "Origin": f"http://{http.host}:{http.port}",
    }


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
