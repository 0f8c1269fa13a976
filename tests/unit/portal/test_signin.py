"""PACER LOGIN: what is refused and how it is said, where it leads, what the cookies are."""

from collections.abc import Callable

import httpx
import pytest

from services.auth.portal.ports import Busy
from services.ops.demo.browser import Browser
from tests.unit.portal.inside import PASSWORD, USERNAME, Inside

NEUTRAL = "The username or the password is not correct"


@pytest.mark.parametrize("typed", [(USERNAME, "wrong"), ("nobody", PASSWORD)])
def test_wrong_username_and_wrong_password_read_the_same(http: httpx.Client, typed: tuple[str, str]) -> None:
    browser = Browser(http, "/UTBK/sign-in")
    browser.submit("Login", {"username": typed[0], "password": typed[1]})
    assert browser.status == 403
    browser.expect(NEUTRAL)
    assert browser.page.title.startswith("Error: ")


@pytest.mark.parametrize(
    "field, typed, sentence",
    [
        ("username", "", "Enter your Username"),
        ("username", "x" * 129, "Username can have 128 characters at most"),
        ("username", "a\x00b", "Username cannot contain control characters"),
        ("username", "a\r\nBcc: b", "Username cannot contain control characters"),
        ("password", "", "Enter your Password"),
        ("password", "p" * 129, "Password can have 128 characters at most"),
        ("client_code", "a,b", "Client Code cannot contain blanks, commas"),
        ("client_code", "c" * 33, "Client Code can have 32 characters at most"),
    ],
)
def test_each_field_has_its_own_fault(http: httpx.Client, field: str, typed: str, sentence: str) -> None:
    browser = Browser(http, "/UTBK/sign-in")
    browser.submit("Login", {"username": USERNAME, "password": PASSWORD} | {field: typed})
    assert browser.status == 422
    browser.expect("There is a problem", sentence)


def test_password_is_never_sent_back(http: httpx.Client) -> None:
    browser = Browser(http, "/UTBK/sign-in")
    browser.submit("Login", {"username": USERNAME, "password": "canary-of-a-password"})
    page = http.post("/UTBK/sign-in", data=browser.page.forms[0].fields | {"password": "canary-of-a-password"})
    assert "canary" not in page.text
    assert f'value="{USERNAME}"' in page.text


def test_filing_menu_leads_through_the_sign_in_and_back(http: httpx.Client) -> None:
    browser = Browser(http, "/UTBK/bankruptcy")
    browser.expect("PACER LOGIN")
    browser.submit("Login", {"username": USERNAME, "password": PASSWORD})
    assert browser.address.endswith("/UTBK/bankruptcy")


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/UTBK",
        "//evil.example/UTBK",
        "/\\evil.example/x",
        "/UTBK//evil.example",
        "/UTBK/menu\r\nX: y",
    ],
)
def test_sign_in_leads_to_no_other_site(http: httpx.Client, elsewhere: str) -> None:
    browser = Browser(http, str(httpx.URL("/UTBK/sign-in", params={"next": elsewhere})))
    browser.submit("Login", {"username": USERNAME, "password": PASSWORD})
    assert browser.address == "http://testserver/UTBK/menu"


def test_busy_tells_when_to_try_again(http: httpx.Client, inside: Inside) -> None:
    inside.raises["enter"] = Busy(7)
    browser = Browser(http, "/UTBK/sign-in")
    browser.submit("Login", {"username": USERNAME, "password": PASSWORD})
    assert (browser.status, browser.headers["retry-after"]) == (503, "7")
    browser.expect("Wait 7 seconds")


def test_each_sign_in_makes_a_new_session_and_ends_the_old(http: httpx.Client, inside: Inside) -> None:
    for _ in range(2):
        browser = Browser(http, "/UTBK/sign-in")
        browser.submit("Login", {"username": USERNAME, "password": PASSWORD})
    assert list(inside.sessions) == ["token-2"]


def test_log_out_ends_the_session(signed: Browser, inside: Inside) -> None:
    signed.submit("Log out Alex Attorney")
    signed.expect("You are logged out")
    assert not inside.sessions
    signed.open("/UTBK/menu")
    signed.expect("PACER LOGIN")


def test_cookies_are_bound_to_the_host_under_https(serve: Callable[..., httpx.Client]) -> None:
    http = serve(public_url="https://testserver")
    browser = Browser(http, "/UTBK/sign-in")
    fields = browser.page.forms[0].fields | {"username": USERNAME, "password": PASSWORD}
    cookies = http.post("/UTBK/sign-in", data=fields, follow_redirects=False).headers.get_list("set-cookie")
    session = next(cookie for cookie in cookies if "session" in cookie)
    assert session.startswith("__Host-ecflink-session=token-1;")
    assert {"HttpOnly", "Secure", "Path=/", "SameSite=lax"} <= set(session.split("; "))


@pytest.mark.parametrize(
    "proxies, forwarded, address",
    [
        ("", "203.0.113.9", "192.0.2.1"),
        ("192.0.2.1", "203.0.113.9", "203.0.113.9"),
        ("192.0.2.0/24, 10.0.0.0/8", "198.51.100.1, 203.0.113.9, 10.1.2.3", "203.0.113.9"),
        ("192.0.2.1", "nonsense", "192.0.2.1"),
    ],
)
def test_forwarded_address_counts_from_trusted_proxies_alone(
    serve: Callable[..., httpx.Client], inside: Inside, proxies: str, forwarded: str, address: str
) -> None:
    http = serve(trusted_proxies=proxies)
    http.headers["X-Forwarded-For"] = forwarded
    Browser(http, "/UTBK/sign-in").submit("Login", {"username": USERNAME, "password": PASSWORD})
    assert inside.clients[0].address == address
