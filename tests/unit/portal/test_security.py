"""Forged, oversized and broken requests end in a page of our own with nothing changed; every answer has the headers."""

import re
from collections.abc import Callable
from urllib.parse import urlencode

import httpx
import pytest

from services.ops.demo.browser import Browser
from services.runtime.faults import Transient
from tests.unit.portal.inside import PASSWORD, USERNAME, Inside

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PATHS = ["/", "/UTBK", "/UTBK/ecf", "/UTBK/sign-in", "/UTBK/menu", "/XXBK", "/nowhere/at/all", "/static/icon.svg"]


def valid_fields(http: httpx.Client) -> dict[str, str]:
    form = Browser(http, "/UTBK/sign-in").page.forms[0]
    return form.fields | {"username": USERNAME, "password": PASSWORD}


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_has_the_strict_headers(serve: Callable[..., httpx.Client], path: str) -> None:
    headers = serve(public_url="https://testserver").get(path).headers
    assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert "unsafe-inline" not in headers["content-security-policy"]
    assert headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"].startswith("public" if path.startswith("/static/") else "no-store")


def test_answer_about_a_crash_is_a_page_with_the_headers(serve: Callable[..., httpx.Client], inside: Inside) -> None:
    http = serve(raising=False)
    fields = valid_fields(http)
    inside.raises["enter"] = RuntimeError("a secret detail")
    answer = http.post("/UTBK/sign-in", data=fields)
    assert answer.status_code == 500
    assert "Something went wrong" in answer.text
    assert "secret detail" not in answer.text
    assert answer.headers["cache-control"] == "no-store"


def test_lost_database_is_told_with_when_to_come_back(http: httpx.Client, inside: Inside) -> None:
    fields = valid_fields(http)
    inside.raises["enter"] = Transient("connection lost")
    answer = http.post("/UTBK/sign-in", data=fields)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "The service is interrupted" in answer.text


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://testserver"},
        {"Sec-Fetch-Site": "none"},
    ],
)
def test_post_from_elsewhere_is_refused(http: httpx.Client, inside: Inside, headers: dict[str, str]) -> None:
    answer = http.post("/UTBK/sign-in", data=valid_fields(http), headers=headers)
    assert answer.status_code == 403
    assert not inside.sessions


def test_post_under_another_name_of_this_site_is_taken(http: httpx.Client, inside: Inside) -> None:
    names = {"Origin": "http://192.0.2.7:8080", "Host": "192.0.2.7:8080"}
    http.post("/UTBK/sign-in", data=valid_fields(http), headers=names, follow_redirects=False)
    assert inside.sessions


@pytest.mark.parametrize("token", ["", "0" * 64, "ä"])
def test_post_without_the_browser_s_own_token_is_refused(http: httpx.Client, inside: Inside, token: str) -> None:
    answer = http.post("/UTBK/sign-in", data=valid_fields(http) | {"csrf": token})
    assert answer.status_code == 403
    assert not inside.sessions


def test_token_of_another_browser_is_refused(serve: Callable[..., httpx.Client], inside: Inside) -> None:
    answer = serve().post("/UTBK/sign-in", data=valid_fields(serve()))
    assert answer.status_code == 403
    assert not inside.sessions


def test_token_from_before_the_sign_in_does_not_confirm_a_link(asked: Browser, http: httpx.Client) -> None:
    before = valid_fields(http)["csrf"]
    assert http.post("/UTBK/link/confirm", data={"csrf": before, "form_token": "x"}).status_code == 403


@pytest.mark.parametrize(
    "body, headers, status",
    [
        (b"username=a&username=b", FORM, 400),
        (b"username=%ff%fe", FORM, 400),
        (b"username=\xff", FORM, 400),
        (b"username=%ed%a0%80", FORM, 400),
        (urlencode({f"f{n}": n for n in range(30)}).encode(), FORM, 400),
        (b"username=" + b"a" * 70_000, FORM, 413),
        (b"{}", {"Content-Type": "application/json"}, 415),
        (b"username=a", {"Content-Type": "application/x-www-form-urlencoded; charset=utf-16"}, 415),
        (b"username=a", {}, 415),
        (b"", FORM, 403),
    ],
)
def test_broken_body_is_refused_with_a_page(
    http: httpx.Client, body: bytes, headers: dict[str, str], status: int
) -> None:
    answer = http.post("/UTBK/sign-in", content=body, headers=headers)
    assert answer.status_code == status
    assert "<h1>" in answer.text


@pytest.mark.parametrize("query", ["next=a&next=b", "next=%ff", "&".join(f"q{n}=1" for n in range(30))])
def test_broken_query_is_refused_with_a_page(http: httpx.Client, query: str) -> None:
    assert http.get(f"/UTBK/sign-in?{query}").status_code == 400


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
@pytest.mark.parametrize("path", ["/UTBK/sign-in", "/UTBK/menu", "/"])
def test_other_methods_are_not_allowed(http: httpx.Client, method: str, path: str) -> None:
    answer = http.request(method, path)
    assert answer.status_code == 405
    assert "GET" in answer.headers["allow"]


@pytest.mark.parametrize("path", ["/UTBK/sign-out", "/UTBK/sign-out?csrf=x"])
def test_get_does_not_sign_out(signed: Browser, inside: Inside, path: str) -> None:
    signed.open(path)
    assert signed.status == 405
    assert inside.sessions


@pytest.mark.parametrize("path", ["/", "/UTBK/ecf", "/UTBK/sign-in", "/XXBK"])
def test_head_is_answered_like_get(http: httpx.Client, path: str) -> None:
    answer = http.head(path)
    assert answer.status_code == http.get(path).status_code
    assert "content-security-policy" in answer.headers


@pytest.mark.parametrize("cookie", ["%00", "x" * 5000, "gAAAA", "\x7f", '"a\\054b"'])
def test_broken_cookies_are_as_none(http: httpx.Client, cookie: str) -> None:
    header = f"ecflink-session={cookie}; ecflink-pair={cookie}; ecflink-form={cookie}"
    answer = http.get("/UTBK/menu", headers={"Cookie": header})
    assert answer.status_code == 200
    assert "PACER LOGIN" in answer.text


def test_changed_pair_is_as_none(acknowledged: Browser, http: httpx.Client) -> None:
    http.cookies.set("ecflink-pair", "gAAAAABnAAAA" + "A" * 200, domain="testserver.local")
    acknowledged.open("/UTBK/link/confirm")
    assert acknowledged.address.endswith("/UTBK/link/account")


def test_typed_text_is_shown_as_text(http: httpx.Client) -> None:
    answer = http.post(
        "/UTBK/sign-in", data=valid_fields(http) | {"username": '"><script>alert(1)</script>', "password": ""}
    )
    assert "<script>" not in answer.text
    assert "&lt;script&gt;" in answer.text


def test_pages_hold_no_inline_script_and_no_inline_style(asked: Browser, http: httpx.Client) -> None:
    for path in ("/", "/UTBK", "/UTBK/ecf", "/UTBK/sign-in", "/UTBK/menu", "/UTBK/link/confirm"):
        text = http.get(path).text
        assert text.count("<script") == text.count('<script type="module" src="/static/js/') == text.count("></script>")
        assert not re.search(r"\s(style|on[a-z]+)=", text)
