"""The live page: what it shows, what it never shows, and its headers."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime

import httpx
import pytest

from services.auth.guard.marks import Place
from services.auth.guard.page import pages
from services.auth.guard.settings import GuardSettings
from services.auth.guard.state import State
from services.contract.logins import Credential, LoginAttempted, LoginOutcome
from services.runtime.settings import load

NOON = datetime(2026, 11, 25, 12, 0, 30, tzinfo=UTC)
SETTINGS = load(GuardSettings, kafka_bootstrap_servers="127.0.0.1:1")


def attempt(account: str, court_id: str | None, outcome: LoginOutcome = LoginOutcome.FAILED) -> LoginAttempted:
    return LoginAttempted(
        account=account,
        court_id=court_id,
        credential=Credential.PACER,
        outcome=outcome,
        address_prefix="192.0.2.0/24",
        attempted_at=NOON,
    )


@pytest.fixture
def state() -> State:
    made = State(SETTINGS)
    events = [attempt(f"user{number}", "UTBK") for number in range(20)] + [attempt("secretname", "UTBK")] * 12
    events += [attempt("right", "NYSB", LoginOutcome.SUCCEEDED), attempt("api", None)]
    for offset, event in enumerate(events):
        made.take(Place(0, offset), event, NOON)
    return made


@pytest.fixture
async def page(state: State) -> AsyncGenerator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(pages(state, lambda: NOON))
    async with httpx.AsyncClient(transport=transport, base_url="http://guard.test") as client:
        yield client


async def test_overview_shows_courts_throttles_and_no_account(page: httpx.AsyncClient) -> None:
    text = (await page.get("/")).text
    assert 'href="/courts/UTBK"' in text
    assert "no court" in text
    assert "1 accounts, 1 address prefixes" in text
    assert "192.0.2.0/24" in text
    assert "stuffing" in text
    assert "secretname" not in text
    assert "user1" not in text


async def test_court_shows_its_minutes(page: httpx.AsyncClient) -> None:
    text = (await page.get("/courts/UTBK")).text
    assert '<th scope="row">12:00</th>' in text
    assert '<meter min="0" max="32" value="32"' in text
    assert '<th scope="row">11:01</th>' in text
    assert text.count('scope="row"') == 60


async def test_sign_ins_without_a_court_have_a_page(page: httpx.AsyncClient) -> None:
    assert "Sign-ins at no court" in (await page.get("/courts/-")).text


@pytest.mark.parametrize("path", ["/courts/NONE", "/courts/%3Cscript%3E", "/nothing", "/courts/"])
async def test_what_is_not_there_says_so(page: httpx.AsyncClient, path: str) -> None:
    answer = await page.get(path)
    assert answer.status_code == 404
    assert "All courts" in answer.text
    assert "<script" not in answer.text


async def test_json_holds_the_same_counts(page: httpx.AsyncClient) -> None:
    told = (await page.get("/courts.json")).json()
    assert told["courts"]["UTBK"] == [{"credential": "pacer", "outcome": "failed", "count": 32}]
    assert told["throttles"]["accounts"] == 1
    assert "secretname" not in str(told)


@pytest.mark.parametrize("path", ["/", "/courts/UTBK", "/courts.json", "/nothing", "/guard.css"])
async def test_headers_are_strict(page: httpx.AsyncClient, path: str) -> None:
    headers = (await page.get(path)).headers
    assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'")
    assert headers["x-frame-options"] == "DENY"
    assert headers["cache-control"] == "no-store"


async def test_pages_refresh_themselves_without_script(page: httpx.AsyncClient) -> None:
    answer = await page.get("/")
    assert answer.headers["refresh"] == "5"
    assert "<script" not in answer.text
    assert "style=" not in answer.text


@pytest.mark.parametrize("path", ["/", "/courts/UTBK"])
async def test_page_can_be_held_and_let_go(page: httpx.AsyncClient, path: str) -> None:
    assert '<a href="?held">' in (await page.get(path)).text
    held = await page.get(f"{path}?held")
    assert "refresh" not in held.headers
    assert '<a href="?">' in held.text


async def test_page_of_nothing_does_not_speak_of_holding(page: httpx.AsyncClient) -> None:
    assert "held" not in (await page.get("/nothing")).text.lower()
