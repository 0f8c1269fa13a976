"""Every odd request has its answer, over a real socket, and leaves nothing behind: no session, no event, no act."""

import asyncio
from typing import Final

from tests.integration.security.site import Site

Row = tuple[str, bytes, set[int]]

FORM: Final = "Content-Type: application/x-www-form-urlencoded"
JSON: Final = "Content-Type: application/json"
CHUNKED: Final = "Transfer-Encoding: chunked"
SIGN_IN: Final = "POST /UTBK/sign-in HTTP/1.1"
API: Final = "POST /services/cso-auth HTTP/1.1"
# The connection is ended without an answer.
ENDED: Final = 0


def request(line: str, *headers: str, body: bytes = b"", length: str | None = None) -> bytes:
    """Write a request; `length` is what it claims to have where that differs."""
    told = [f"Content-Length: {length or len(body)}"] if body or length is not None else []
    head = "\r\n".join([line, "Host: localhost", "Connection: close", *headers, *told])
    return head.encode("latin-1") + b"\r\n\r\n" + body


def form(body: bytes, *headers: str, length: str | None = None) -> bytes:
    return request(SIGN_IN, FORM, *headers, body=body, length=length)


def get(path: str, *headers: str) -> bytes:
    return request(f"GET {path} HTTP/1.1", *headers)


FORMS: Final[list[Row]] = [
    ("repeated field", form(b"username=a&username=b"), {400}),
    ("NUL in a field", form(b"username=a%00b&password=c"), {403}),
    ("not UTF-8", form(b"username=%ff%fe"), {400}),
    ("overlong UTF-8", form(b"username=%c0%af%e0%80%af"), {400}),
    ("lone surrogate", form(b"username=%ed%a0%80"), {400}),
    ("bytes that are not encoded", form(b"username=\xc3\xa4"), {400}),
    ("10,000 fields", form("&".join(f"{n:x}=" for n in range(10_000)).encode()), {400}),
    ("too large", form(b"a=" + b"x" * 70_000), {413}),
    ("no body at all", form(b"", length="0"), {403}),
    ("multipart", request(SIGN_IN, "Content-Type: multipart/form-data; boundary=x", body=b"--x--"), {415}),
    ("UTF-16", request(SIGN_IN, f"{FORM}; charset=utf-16", body=b"a=1"), {415}),
    ("no content type", request(SIGN_IN, body=b"a=1"), {415}),
    ("JSON", request(SIGN_IN, JSON, body=b"{}"), {415}),
    ("a form with the name that stands for JSON", request(SIGN_IN, FORM, body=b"json=x"), {400}),
    ("JSON that is none", request(SIGN_IN, JSON, "X-CSRF: x", body=b"{"), {400}),
    ("JSON that is a list", request(SIGN_IN, JSON, "X-CSRF: x", body=b"[]"), {400}),
    ("JSON nested too deep", request(SIGN_IN, JSON, "X-CSRF: x", body=b'{"a":' * 3000), {400}),
    ("JSON too large", request(SIGN_IN, JSON, "X-CSRF: x", body=b"{" + b" " * 20_000), {413}),
    ("JSON with a wrong token", request(SIGN_IN, JSON, "X-CSRF: x", body=b"{}"), {403}),
    ("API without body", request(API, JSON, length="0"), {400}),
    ("API with garbage", request(API, JSON, body=b"\x00{"), {400}),
]

LENGTHS: Final[list[Row]] = [
    ("too large by its own word", form(b"a=1", length=str(10**12)), {413}),
    ("a length of 4,000 digits", form(b"", length="9" * 4000), {400, 413}),
    ("longer than what comes", form(b"username=a", length="500"), {408}),
    ("two lengths", form(b"a=1", "Content-Length: 7"), {400}),
    ("negative length", form(b"", length="-1"), {400}),
    ("length that is no number", form(b"", length="many"), {400}),
    ("length and chunks", request(SIGN_IN, FORM, CHUNKED, "Content-Length: 7") + b"0\r\n\r\n", {400, 403}),
    ("chunks", request(SIGN_IN, FORM, CHUNKED) + b"3\r\na=1\r\n0\r\n\r\n", {403}),
    ("broken chunks", request(SIGN_IN, FORM, CHUNKED) + b"zz\r\na=1\r\n", {400, ENDED}),
    ("chunks without end", request(SIGN_IN, FORM, CHUNKED) + b"3\r\na=1\r\n", {408}),
    ("unknown transfer encoding", request(SIGN_IN, FORM, "Transfer-Encoding: gzip"), {400, 501}),
    ("expects 100", form(b"a=1", "Expect: 100-continue"), {403}),
    ("expects wonders", form(b"a=1", "Expect: wonders"), {403, 417}),
]

METHODS: Final[list[Row]] = [
    ("HTTP/1.0", b"GET /UTBK/sign-in HTTP/1.0\r\n\r\n", {200}),
    ("HTTP/1.0 form", f"POST /UTBK/sign-in HTTP/1.0\r\n{FORM}\r\nContent-Length: 3\r\n\r\na=1".encode(), {403}),
    ("HTTP/1.1 without host", b"GET / HTTP/1.1\r\n\r\n", {400}),
    ("HTTP/2 preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {400, 404, 405, ENDED}),
    ("HTTP/0.9", b"GET /\r\n\r\n", {400}),
    ("TLS to a plain port", b"\x16\x03\x01\x00\xa5\x01\x00" + b"\x00" * 160 + b"\r\n\r\n", {400, ENDED}),
    ("HEAD", request("HEAD /UTBK/sign-in HTTP/1.1"), {200}),
    ("OPTIONS", request("OPTIONS /UTBK/sign-in HTTP/1.1"), {405}),
    ("OPTIONS *", request("OPTIONS * HTTP/1.1"), {404, 405}),
    ("TRACE", request("TRACE /UTBK/sign-in HTTP/1.1"), {405}),
    ("CONNECT", request("CONNECT localhost:1 HTTP/1.1"), {400}),
    ("a method of its own", request("SIGNIN /UTBK/sign-in HTTP/1.1"), {400}),
    ("GET with a body", request("GET /UTBK/sign-in HTTP/1.1", body=b"username=a"), {200}),
    ("API by GET", get("/services/cso-auth"), {404, 405}),
]

ADDRESSES: Final[list[Row]] = [
    ("absolute form", get("http://evil.example/UTBK/sign-in"), {200, 404}),
    ("dots in the path", get("/UTBK/../../etc/passwd"), {404}),
    ("dots encoded", get("/static/%2e%2e/%2e%2e/app.py"), {404}),
    ("backslash", get("/static/..\\..\\app.py"), {404}),
    ("NUL in the path", get("/UTBK/%00"), {404}),
    ("NUL in a static path", get("/static/%00"), {404}),
    ("not UTF-8 in the path", get("/%ff%fe"), {404}),
    ("long path", get(f"/{'a' * 20_000}"), {404}),
    ("long static name", get(f"/static/{'a' * 5_000}"), {404}),
    ("broken query", get("/UTBK/sign-in?next=%ff"), {400}),
    ("repeated parameter", get("/UTBK/sign-in?next=a&next=b"), {400}),
    ("header in a parameter", get("/UTBK/sign-in?next=%0d%0aSet-Cookie:%20a=b"), {200}),
    ("forwarded for nobody", get("/", "X-Forwarded-For: ,,'\"", "X-Forwarded-For: 1.2.3.4.5"), {200}),
]

HEADERS: Final[list[Row]] = [
    ("header without end", b"GET / HTTP/1.1\r\nX: " + b"a" * 300_000, {400, ENDED}),
    ("20,000 headers", b"GET / HTTP/1.1\r\nHost: here\r\n" + b"X: a\r\n" * 20_000 + b"\r\n", {400, 431}),
    ("101 headers", get("/", *(["X: a"] * 101)), {431}),
    ("folded header", get("/", "X: a\r\n b"), {200, 400}),
    ("newline in the host", b"GET / HTTP/1.1\r\nHost: a\nb\r\nConnection: close\r\n\r\n", {400}),
    ("nothing but garbage", b"\x00\x01\x02\r\n\r\n", {400}),
    ("a hundred cookies", get("/UTBK/menu", "Cookie: " + "; ".join(["ecflink-session=x"] * 100)), {303}),
    ("a cookie of 8 kB", get("/UTBK/menu", f"Cookie: ecflink-session={'x' * 8_000}"), {303}),
]


async def answered_wrong(site: Site, rows: list[Row]) -> dict[str, int]:
    answers = await asyncio.gather(*(site.send(sent) for _, sent, _ in rows))
    return {name: got.status for (name, _, may), got in zip(rows, answers, strict=True) if got.status not in may}


async def test_odd_requests_have_their_answers_and_leave_nothing(site: Site) -> None:
    before = await site.left()
    for rows in (FORMS, LENGTHS, METHODS, ADDRESSES, HEADERS):
        assert await answered_wrong(site, rows) == {}
    assert await site.left() == before
    assert (await site.send(get("/UTBK/sign-in"))).status == 200


async def test_every_answer_has_the_strict_headers(site: Site) -> None:
    for _, sent, may in FORMS + ADDRESSES:
        answer = await site.send(sent)
        assert "default-src 'none'" in answer.headers["content-security-policy"], sent[:80]
        assert answer.status in may
        assert "server" not in answer.headers


async def test_expected_100_is_sent_before_the_body_is_read(site: Site) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
    writer.write(form(b"", "Expect: 100-continue", length="3"))
    async with asyncio.timeout(20):
        assert (await reader.readline()).startswith(b"HTTP/1.1 100")
        writer.write(b"a=1")
        assert b" 403 " in await reader.read()
    writer.close()


async def test_form_that_breaks_off_leaves_nothing(site: Site) -> None:
    before = await site.left()
    await site.send(form(b"username=alexattorney", length="500"), end=True)
    assert await site.left() == before
