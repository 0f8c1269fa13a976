"""`ecflink health` against a small server: what containers take for alive."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from services.ops.health import health


@contextmanager
def _role(status: int, body: bytes) -> Iterator[int]:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_ready_is_0(capsys: pytest.CaptureFixture[str]) -> None:
    with _role(200, b'{"ready":true}') as port:
        assert health(f"http://127.0.0.1:{port}/readyz") == 0
    assert capsys.readouterr().out == '{"ready":true}\n'


def test_waiting_is_1_and_says_for_what(capsys: pytest.CaptureFixture[str]) -> None:
    with _role(503, b'{"waiting":{"kafka":"connecting"}}') as port:
        assert health(f"http://127.0.0.1:{port}/readyz") == 1
    assert "connecting" in capsys.readouterr().err


def test_own_port_is_asked_when_none_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with _role(200, b"{}") as port:
        monkeypatch.setenv("MANAGEMENT_PORT", str(port))
        assert health() == 0


@pytest.mark.parametrize(
    "url", ["", "127.0.0.1:1", "ftp://127.0.0.1:21/", "http://127.0.0.1:99999/", "http://127.0.0.1:1/readyz"]
)
def test_no_answer_is_1_with_one_line(
    url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("MANAGEMENT_PORT", raising=False)
    assert health(url) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_long_answer_is_cut(capsys: pytest.CaptureFixture[str]) -> None:
    with _role(200, b"x" * 100_000) as port:
        assert health(f"http://127.0.0.1:{port}/readyz") == 0
    assert len(capsys.readouterr().out) < 3000
