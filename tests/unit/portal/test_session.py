"""Between password and pages, and how a session goes on: redaction notice, extension, bars, waits, my courts."""

from dataclasses import replace

import httpx
import pytest

from services.auth.portal.pages.redaction import RULES
from services.auth.portal.ports import Barrier, SignInBarred, Stage, Standing, Throttled, VerifierDown
from services.auth.portal.states import State, telling
from services.contract.courts import Court
from services.ops.demo.browser import Browser
from tests.unit.portal.inside import ALEX, COURTS, PASSWORD, REQUEST_ID, USERNAME, Inside, transaction


def sign_in(http: httpx.Client, path: str = "/UTBK/sign-in") -> Browser:
    browser = Browser(http, path)
    browser.submit("Login", {"username": USERNAME, "password": PASSWORD})
    return browser


@pytest.mark.parametrize("court", COURTS, ids=lambda court: court.court_id)
def test_redaction_notice_comes_before_anything_of_the_filing_system(
    http: httpx.Client, inside: Inside, court: Court
) -> None:
    inside.redaction_acknowledged = False
    court_id = court.court_id
    browser = sign_in(http, f"/{court_id}/utilities")
    assert browser.page.headings[0] == "Redaction notice"
    browser.expect(RULES[court.type])
    for path in ("menu", "link", "query", "my-courts"):
        browser.open(f"/{court_id}/{path}")
        browser.expect("All filers must redact")
    browser.open(f"/{court_id}/utilities")
    browser.submit("Continue")
    assert browser.status == 422
    browser.expect("Tick the box to confirm that you have read the notice")
    browser.submit("Continue", tick="redaction")
    assert browser.address.endswith(f"/{court_id}/utilities")


def test_notice_can_be_left_by_logging_out(http: httpx.Client, inside: Inside) -> None:
    inside.redaction_acknowledged = False
    browser = sign_in(http)
    browser.submit("Log out")
    browser.expect("You are logged out")
    assert not inside.sessions


def test_notice_leads_to_no_other_site(http: httpx.Client, inside: Inside) -> None:
    inside.redaction_acknowledged = False
    browser = sign_in(http)
    browser.open("/UTBK/redaction?next=//evil.example/x")
    browser.submit("Continue", tick="redaction")
    assert browser.address == "http://testserver/UTBK/menu"


def test_notice_is_not_shown_before_the_second_factor(http: httpx.Client, inside: Inside) -> None:
    inside.redaction_acknowledged, inside.stage = False, Stage.FACTOR_DUE
    fields = Browser(http, "/UTBK/sign-in").page.forms[0].fields | {"username": USERNAME, "password": PASSWORD}
    http.post("/UTBK/sign-in", data=fields, follow_redirects=False)
    answer = http.get("/UTBK/redaction", follow_redirects=False)
    assert answer.headers["location"] == "/UTBK/second-factor"


def test_restricted_session_sees_where_it_stands_without_menus(http: httpx.Client, inside: Inside) -> None:
    inside.stage = Stage.RESTRICTED
    fields = Browser(http, "/UTBK/sign-in").page.forms[0].fields | {"username": USERNAME, "password": PASSWORD}
    http.post("/UTBK/sign-in", data=fields, follow_redirects=False)
    browser = Browser(http, "/UTBK/my-courts")
    browser.expect("My courts")
    assert "Utilities" not in {link.text for link in browser.page.links}


def test_session_is_extended_by_its_own_page_alone(signed: Browser, http: httpx.Client) -> None:
    csrf = signed.page.forms[0].fields["csrf"]
    headers = {"X-CSRF": csrf, "Content-Type": "application/json", "Origin": "http://testserver"}
    answer = http.post("/UTBK/session/extend", content="{}", headers=headers)
    assert answer.json() == {"ends_at": "2026-11-24T18:00:00+00:00"}
    assert http.post("/UTBK/session/extend", content="{}", headers=headers | {"X-CSRF": "0"}).status_code == 403


def test_page_tells_when_the_session_ends(http: httpx.Client, signed: Browser) -> None:
    assert 'data-ends-at="2026-11-24T17:30:00+00:00"' in http.get("/UTBK/menu").text
    signed.expect("You will be signed out after 30 minutes without a click.")


@pytest.mark.parametrize("barrier", [Barrier.PACER_DISABLED, Barrier.PACER_SHARED, Barrier.PACER_IS_PAA])
def test_barred_account_is_told_why_after_its_password(http: httpx.Client, inside: Inside, barrier: Barrier) -> None:
    inside.raises["enter"] = SignInBarred(barrier)
    browser = sign_in(http)
    told = telling(State(barrier.value))
    assert browser.status == told.status
    browser.expect(told.title, told.happened, "800-676-6856")


@pytest.mark.parametrize("barrier", [Barrier.CLIENT_CODE_REQUIRED, Barrier.CLIENT_CODE_INVALID])
def test_missing_client_code_is_told_beside_its_field(http: httpx.Client, inside: Inside, barrier: Barrier) -> None:
    inside.raises["enter"] = SignInBarred(barrier)
    browser = sign_in(http)
    assert browser.status == 403
    browser.expect(telling(State(barrier.value)).happened)
    assert browser.page.forms[0].fields["username"] == USERNAME


def test_throttled_filer_brings_the_ticket_back(http: httpx.Client, inside: Inside) -> None:
    inside.raises["enter"] = Throttled(4, "signed-ticket")
    browser = sign_in(http)
    assert (browser.status, browser.headers["retry-after"]) == (503, "4")
    browser.expect("Wait 4 seconds, then try again")
    inside.raises.clear()
    browser.submit("Login", {"password": PASSWORD})
    assert inside.tickets == ["signed-ticket"]


def test_remote_sign_on_that_is_down_is_told(http: httpx.Client, inside: Inside) -> None:
    inside.raises["enter"] = VerifierDown(15)
    browser = sign_in(http)
    assert (browser.status, browser.headers["retry-after"]) == (503, "15")
    browser.expect(telling(State.VERIFIER_DOWN).happened, "Is a deadline near?")


def test_session_stays_when_another_sign_in_fails(signed: Browser, inside: Inside) -> None:
    signed.open("/UTBK/sign-in")
    signed.submit("Login", {"username": USERNAME, "password": "wrong"})
    assert list(inside.sessions) == ["token-1"]


def test_my_courts_shows_each_standing(signed: Browser, inside: Inside) -> None:
    inside.standing = [
        Standing("UTBK", transaction(), transaction(), None),
        Standing("UTDC", None, None, REQUEST_ID),
        Standing("10CA", None, transaction(court_id="10CA"), None),
        Standing("GONE", None, None, None),
    ]
    signed.follow("My courts")
    signed.expect("Utah Bankruptcy Court", "with the CM/ECF account atyalex, transaction 10005", "not yet recorded")
    links = {link.text: link.address for link in signed.page.links}
    assert links["Confirmation of Utah Bankruptcy Court"] == f"/UTBK/link/requests/{REQUEST_ID}"
    assert links["Link at U.S. Court of Appeals, Tenth Circuit"] == "/10CA/link"
    assert links["U.S. Court of International Trade"] == "/CITDC/link"
    assert "Utah District Court" not in links  # a request is under way there
    signed.follow("Bankruptcy")  # the menus of a linked court are open on this page too


def test_exempt_and_inactive_accounts_are_warned_before_the_link(http: httpx.Client, inside: Inside) -> None:
    inside.filer = replace(ALEX, exempt=True, status="inactive")
    browser = sign_in(http, "/UTBK/link")
    browser.expect("exempt from fees", "You can link and file all the same")


def test_names_that_differ_ask_for_a_second_tick(acknowledged: Browser, inside: Inside) -> None:
    inside.cmecf_name = "Somebody Else"
    acknowledged.submit("Submit", {"cmecf_login": "atyalex", "cmecf_password": "another right password"})
    acknowledged.expect("The two names are not alike")
    acknowledged.submit("Submit")
    assert acknowledged.status == 422
    assert not inside.confirmed
    acknowledged.submit("Submit", tick="both_are_me")
    acknowledged.expect("Your accounts are linked")


def test_names_are_those_of_the_pair_that_is_committed(asked: Browser, inside: Inside) -> None:
    inside.cmecf_name = "Somebody Else"  # proven in another tab, after this question was shown
    asked.submit("Submit")
    assert asked.status == 422
    asked.expect("Tick the box to confirm that both names are yours", "The two names are not alike", "Somebody Else")
    assert not inside.confirmed
    asked.submit("Submit", tick="both_are_me")
    asked.expect("Your accounts are linked")


def test_question_long_after_the_password_asks_for_it_again(asked: Browser, http: httpx.Client, inside: Inside) -> None:
    for token, session in inside.sessions.items():
        old = session.signed_in_at.replace(year=session.signed_in_at.year - 1)
        inside.sessions[token] = replace(session, signed_in_at=old)
    form = asked.page.forms[1].fields
    answer = http.post("/UTBK/link/confirm", data=form, follow_redirects=False)
    assert answer.headers["location"] == "/UTBK/prove-again?next=%2FUTBK%2Flink%2Fconfirm"
    assert not inside.confirmed
