"""The empty sign-in form is filled once: what is each visitor's own, and what makes it be filled anew."""

import re
from typing import Final

import httpx

from services.auth.portal.app import portal
from services.ops.demo.browser import Browser
from tests.unit.portal.conftest import InProcess, Settings
from tests.unit.portal.inside import NOW, PASSWORD, USERNAME, Inside, Registry

_TOKEN: Final = re.compile(r'name="csrf" value="([0-9a-f]{64})"')


def _opened(http: httpx.Client, **headers: str) -> tuple[str, str]:
    """Return the page as a browser that has just been opened gets it, and the token on it."""
    http.cookies.clear()
    page = http.get("/UTBK/sign-in", headers=headers).text
    (token,) = set(_TOKEN.findall(page))
    return page.replace(token, ""), token


def test_each_browser_gets_a_token_of_its_own(http: httpx.Client) -> None:
    (first, one), (second, other) = _opened(http), _opened(http)
    assert first == second
    assert one != other


def test_the_form_that_was_kept_can_be_sent(http: httpx.Client) -> None:
    _opened(http)
    http.cookies.clear()
    browser = Browser(http, "/UTBK/sign-in")
    browser.submit("Login", {"username": USERNAME, "password": PASSWORD})
    assert browser.status == 200
    assert browser.address.endswith("/menu") or browser.address.endswith("/redaction")


def test_languages_are_kept_apart(http: httpx.Client) -> None:
    pages = [_opened(http, **{"Accept-Language": language})[0] for language in ("en", "es", "en")]
    assert pages[0] == pages[2] != pages[1]
    assert 'lang="es"' in pages[1]


def test_what_courts_v1_tells_of_a_court_is_shown_at_once(inside: Inside) -> None:
    registry = Registry()
    app = portal(inside, inside, registry, Settings(), now=lambda: NOW)
    with httpx.Client(transport=InProcess(app, raising=True), base_url="http://testserver") as http:
        _opened(http)
        renamed = (court.model_copy(update={"district_name": "District of Deseret"}) for court in registry.courts)
        registry.courts = tuple(renamed)
        assert "District of Deseret" in _opened(http)[0]
