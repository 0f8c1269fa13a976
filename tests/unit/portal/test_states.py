"""Every state has its page, in both languages and at each kind of court: what happened, what to do, whom to call."""

from collections.abc import Callable

import httpx
import pytest

from services.auth.portal.faults import fault_of
from services.auth.portal.language import catalog
from services.auth.portal.pages.help import TOPICS, slug_of
from services.auth.portal.screens import screens
from services.auth.portal.states import TELLINGS, Helps, State, telling
from services.ops.demo.browser import Browser
from services.ops.registry import packaged
from tests.unit.portal.inside import COURTS, NOW

COURT, PACER = "801-524-6576", "800-676-6856"
DESKS = {Helps.COURT: [COURT], Helps.PACER: [PACER], Helps.BOTH: [COURT, PACER], Helps.NOBODY: []}
# At a court of appeals it is the PACER Service Center that resets a CM/ECF password.
RESETS = {"UTBK": [COURT], "10CA": [PACER]}


def test_every_state_is_told() -> None:
    assert set(TELLINGS) == set(State)


@pytest.mark.parametrize("which", State)
@pytest.mark.parametrize("language", ["en", "es"])
def test_each_state_says_what_happened_and_what_next(
    serve: Callable[..., httpx.Client], which: State, language: str
) -> None:
    told, said, http = telling(which), catalog(language).gettext, serve(demo=True)
    for court in ("UTBK", "10CA"):
        page = Browser(http, f"/{court}/help/{slug_of(which)}?lang={language}")
        page.expect(said(told.happened), said(told.next_step), *DESKS.get(told.helps, RESETS[court]))
        assert page.status == 200
        assert said(told.title) in page.page.headings
        assert (said("Is a deadline near?") in page.page.text) == told.at_risk


@pytest.mark.parametrize(
    "court_id, stamp", [("UTBK", "10:00:00 MST"), ("TXSBK", "11:00:00 CST"), ("GUDC", "03:00:00 ChST")]
)
def test_time_to_keep_is_by_the_clock_of_the_court(court_id: str, stamp: str) -> None:
    court = packaged()[court_id]
    shown = screens(demo=False, mail_stays_here=False, now=lambda: NOW)
    page = shown.fault(fault_of(State.INTERRUPTED), court=court)
    assert f"{stamp}." in bytes(page.body).decode().partition("Keep the time of this attempt: ")[2]


@pytest.mark.parametrize("court_id, stamp", [("UTBK", "10:00:00 MST"), ("TXSBK", "11:00:00 CST")])
def test_code_says_by_the_clock_of_the_court_until_when_it_is_good(court_id: str, stamp: str) -> None:
    shown = screens(demo=False, mail_stays_here=False, now=lambda: NOW)
    page = shown.plain(
        "factors/code.html",
        court=packaged()[court_id],
        csrf="",
        target="app",
        mailbox="a…@example.org",
        live_until=NOW,
    )
    assert f"It is good until 11/24/2026 {stamp}." in bytes(page.body).decode()


def test_pages_of_states_that_nobody_can_look_up_are_for_demonstrations(serve: Callable[..., httpx.Client]) -> None:
    http = serve()
    found = {which for which in State if http.get(f"/UTBK/help/{slug_of(which)}").status_code == 200}
    assert found == set(TOPICS)


@pytest.mark.parametrize("state", ["nothing", "FEE_LOCK", "fee-lock/x", "..%2f"])
def test_unknown_state_is_not_found(http: httpx.Client, state: str) -> None:
    assert http.get(f"/UTBK/help/{state}").status_code == 404


def test_help_lists_its_topics(http: httpx.Client) -> None:
    browser = Browser(http, "/UTBK/sign-in")
    browser.follow("The sign-in does not work?")
    browser.expect(*(telling(which).title for which in TOPICS))
    assert all(http.get(f"/{court.court_id}/help").status_code == 200 for court in COURTS)


def test_browser_without_cookies_is_told_so(http: httpx.Client) -> None:
    answer = http.post("/UTBK/sign-in", data={"csrf": "x", "username": "a", "password": "b"})
    assert answer.status_code == 403
    assert telling(State.COOKIES_BLOCKED).title in answer.text
