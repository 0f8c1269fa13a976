"""A remote sign-on that answers as a test scripts it: a real server on a real socket, which counts what it is asked."""

import json
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from services.ops.stack.ports import LOOPBACK

TOKEN = "a" * 128


@dataclass(frozen=True, kw_only=True)
class Scripted:
    """One answer. `cut`: the connection ends without one; `wait_s`: before it."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    wait_s: float = 0.0


def result(code: str, **more: str) -> Scripted:
    return Scripted(body=json.dumps({"loginResult": code} | more).encode())


SIGNED_IN = result("0", nextGenCSO=TOKEN)
REFUSED = result("13", errorDescription="Invalid username, password, or one-time passcode")


class _Server(ThreadingHTTPServer):
    request_queue_size = 128


class RemoteSignOn:
    """A `with` block. Gives the scripted answers in order, and the last one ever after; `sign_out` to each sign-out."""

    def __init__(self, *answers: Scripted, sign_out: Scripted | None = None) -> None:
        self.asked: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        """Those of each request, sign-outs included; their names in small letters."""
        self.signed_out: list[str] = []
        self._answers = deque(answers)
        self._sign_out = sign_out or result("0")
        remote = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                fields = json.loads(self.rfile.read(int(self.headers["content-length"])))
                remote.headers.append({name.lower(): value for name, value in self.headers.items()})
                self._give(remote.take(self.path, fields))

            def _give(self, answer: Scripted) -> None:
                time.sleep(answer.wait_s)
                if answer.cut:
                    self.close_connection = True
                    return
                self.send_response(answer.status)
                for name, value in ({"Content-Length": str(len(answer.body))} | answer.headers).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer.body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = _Server((LOOPBACK, 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self._server.server_port}"

    def take(self, path: str, fields: dict[str, Any]) -> Scripted:
        if path.endswith("cso-logout"):
            self.signed_out.append(fields["nextGenCSO"])
            return self._sign_out
        self.asked.append(fields)
        return self._answers.popleft() if len(self._answers) > 1 else self._answers[0]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
