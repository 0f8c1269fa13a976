"""A sign-in without room is answered before anything is read: prepared bytes, strict headers, the right body."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from urllib.parse import urlencode

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Message, Receive, Scope, Send

from services.auth.portal.client import client_reader
from services.auth.portal.gate import Gate
from services.auth.portal.headers import StrictHeaders
from services.auth.portal.ports import Client

SEEN = "seen by the app"
HELD = "held.stranger"
DUE = "due"


@dataclass
class Room:
    """So many seconds for everybody, and for one name; what it was asked is kept."""

    seconds: int = 0
    held_s: int = 0
    asked: list[tuple[str, str | None]] = field(default_factory=list)

    def wait_s(self, client: Client, court_id: str | None) -> int:
        self.asked.append((client.address, court_id))
        return self.seconds

    def held(self, login: str, client: Client, ticket: str) -> tuple[int, str]:  # noqa: ARG002 - the port's
        return (self.held_s, ticket or "1a.t-1.ff") if login == HELD and ticket != DUE else (0, "")


FULL = Room(seconds=7)


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with the body that was posted."""
    body = await Request(scope, receive).body()
    await PlainTextResponse(f"{SEEN}: {body.decode(errors='replace')}")(scope, receive, send)


def gated(room: Room) -> httpx.AsyncClient:
    gate = StrictHeaders(Gate(app, room, client_reader("127.0.0.1")), secure=True)
    return httpx.AsyncClient(transport=httpx.ASGITransport(gate), base_url="http://testserver")


async def test_without_room_a_sign_in_gets_the_short_page() -> None:
    answer = await gated(FULL).post("/UTBK/sign-in", data={"username": "x"})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "7")
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert answer.headers["cache-control"] == "no-store"
    assert "7 s" in answer.text
    assert "Espere" in answer.text


async def test_page_of_the_gate_needs_no_style_and_no_script() -> None:
    text = (await gated(FULL).post("/UTBK/sign-in")).text
    assert "style" not in text
    assert "<script" not in text


@pytest.mark.parametrize(
    "headers,kind",
    [
        ({"Content-Type": "application/json"}, "application/json"),
        ({"Content-Type": "application/xml"}, "application/xml"),
        ({"Content-Type": "text/xml"}, "application/xml"),
        ({"Content-Type": "text/xml", "Accept": "application/json"}, "application/json"),
        ({"Content-Type": "application/json", "Accept": "application/xml"}, "application/xml"),
        ({}, "application/json"),
    ],
)
async def test_programs_are_answered_in_their_format(headers: dict[str, str], kind: str) -> None:
    answer = await gated(FULL).post("/services/cso-auth", content=b"x", headers={"Accept": "*/*", **headers})
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (503, kind)
    assert "Wait 7 seconds" in answer.text


@pytest.mark.parametrize(
    "method,path",
    [
        ("GET", "/UTBK/sign-in"),
        ("POST", "/UTBK/link/confirm"),
        ("POST", "/UTBK/link/account"),
        ("POST", "/UTBK/second-factor"),
        ("POST", "/UTBK/sign-out"),
        ("POST", "/services/cso-logout"),
        ("POST", "/UTBK/sign-in/more"),
    ],
)
async def test_nothing_else_is_gated(method: str, path: str) -> None:
    assert (await gated(FULL).request(method, path)).text.startswith(SEEN)


async def test_with_room_a_sign_in_passes() -> None:
    assert (await gated(Room()).post("/UTBK/sign-in")).text.startswith(SEEN)


async def test_room_is_asked_for_the_filer_behind_the_proxy_and_the_court() -> None:
    room = Room()
    headers = {"X-Forwarded-For": "192.0.2.9"}
    await gated(room).post("/UTBK/sign-in", headers=headers)
    await gated(room).post("/services/cso-auth", headers=headers)
    assert room.asked == [("192.0.2.9", "UTBK"), ("192.0.2.9", None)]


async def test_body_is_not_waited_for() -> None:
    async def never() -> Message:
        raise AssertionError("the body was asked for")

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    gate = Gate(app, FULL, lambda _request: Client("192.0.2.9"))
    await gate({"type": "http", "method": "POST", "path": "/UTBK/sign-in", "headers": []}, never, send)
    assert sent[0]["status"] == 503


async def test_stranger_who_was_told_to_wait_is_told_again_without_the_app() -> None:
    answer = await gated(Room(held_s=9)).post("/UTBK/sign-in", data={"username": f" {HELD} ", "password": "x"})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "9")
    assert 'href="/UTBK/sign-in?ticket=1a.t-1.ff"' in answer.text


@pytest.mark.parametrize(
    "form",
    [
        {"username": HELD, "ticket": DUE},
        {"username": "somebody.else"},
        {"password": "x"},
        {"username": HELD, "other": "x" * 5000},
    ],
)
async def test_other_forms_reach_the_app_whole(form: dict[str, str]) -> None:
    answer = await gated(Room(held_s=9)).post("/UTBK/sign-in", data=form)
    assert answer.text == f"{SEEN}: {urlencode(form)}"


@pytest.mark.parametrize(
    "body",
    [
        f"username={HELD}&ticket=anything",
        f"ticket=anything&user%6eame={HELD}",
        f"username={HELD}&%74icket=anything",
        "a%3d&username=held%2Estranger&ticket=anything+",
    ],
)
async def test_stranger_is_held_whatever_the_ticket_and_however_it_is_written(body: str) -> None:
    answer = await gated(Room(held_s=9)).post("/UTBK/sign-in", content=body.encode())
    assert (answer.status_code, "?ticket=anything" in answer.text) == (503, True)


async def test_ticket_that_was_sent_is_no_markup_in_the_answer() -> None:
    form = {"username": HELD, "ticket": '"><script>~&'}
    answer = await gated(Room(held_s=9)).post("/UTBK/sign-in", data=form)
    assert 'ticket=%22%3E%3Cscript%3E~%26"' in answer.text


async def test_form_that_is_late_reaches_the_app_whole() -> None:
    async def slowly() -> AsyncIterator[bytes]:
        yield b"username="
        await asyncio.sleep(0.2)
        yield b"nobody"

    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await gated(Room(held_s=9)).post("/UTBK/sign-in", content=slowly(), headers=headers)
    assert answer.text == f"{SEEN}: username=nobody"


@pytest.mark.parametrize("body", [b"username=%ff", b"\xff=1", b"username=a&username=b", b"&" * 3000, b""])
async def test_form_that_cannot_be_read_is_left_to_the_app(body: bytes) -> None:
    answer = await gated(Room(held_s=9)).post("/UTBK/sign-in", content=body)
    assert answer.status_code == 200


async def test_api_is_never_looked_into() -> None:
    answer = await gated(Room(held_s=9)).post("/services/cso-auth", data={"username": HELD})
    assert answer.text.startswith(SEEN)


async def test_no_answer_is_kept_whatever_the_app_says() -> None:
    async def keeping(scope: Scope, receive: Receive, send: Send) -> None:
        await PlainTextResponse(SEEN, headers={"Cache-Control": "public"})(scope, receive, send)

    transport = httpx.ASGITransport(StrictHeaders(keeping, secure=True))
    answer = await httpx.AsyncClient(transport=transport, base_url="http://testserver").get("/UTBK/menu")
    assert answer.headers.get_list("cache-control") == ["no-store"]
