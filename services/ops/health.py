"""`ecflink health`: asks a role's management port whether it is ready, and ends with 0 or 1.

The health checks of containers call it for ever, as `python -m services.ops.health`: the standard library alone, so
that it costs 60 ms and not the half second of a command line. One request, one line.
"""

import http.client
import os
import sys
from typing import Final
from urllib.parse import urlsplit

ANSWER_BYTES_MAX: Final = 2048
ANSWER_S_MAX: Final = 4.0


def health(url: str | None = None, /) -> int:
    """Ask a role whether it is ready: exit code 0 or 1.

    Parameters
    ----------
    url
        Where to ask; this role's own /readyz if not given.
    """
    address = url or f"http://127.0.0.1:{os.environ.get('MANAGEMENT_PORT', '')}/readyz"
    try:
        status, answer = _ask(address)
    except (OSError, ValueError, http.client.HTTPException) as error:
        sys.stderr.write(f"no answer from {address}: {str(error) or type(error).__name__}\n")
        return 1
    ready = status == http.HTTPStatus.OK
    (sys.stdout if ready else sys.stderr).write(f"{answer}\n")
    return 0 if ready else 1


def _ask(url: str) -> tuple[int, str]:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or not parts.port:
        message = "expected http://HOST:PORT/readyz; is MANAGEMENT_PORT set?"
        raise ValueError(message)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname, parts.port, timeout=ANSWER_S_MAX)
    try:
        connection.request("GET", parts.path or "/readyz", headers={"Connection": "close"})
        response = connection.getresponse()
        return response.status, response.read(ANSWER_BYTES_MAX).decode("utf-8", "replace").strip()
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(health(*sys.argv[1:2]))
