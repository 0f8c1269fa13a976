"""The walk itself: each step leads to the next, and none can be reached around another."""

import httpx

from services.ops.demo.browser import Browser
from services.ops.demo.walk import Person, walk
from tests.unit.portal.inside import CMECF_LOGIN, CMECF_PASSWORD, PASSWORD, USERNAME, Inside

ALEX = Person(
    court_id="UTBK",
    court="U.S. Bankruptcy Court for the District of Utah",
    system="District of Utah - Document Filing System",
    pacer_login=USERNAME,
    pacer_password=PASSWORD,
    pacer_name="Alex Attorney",
    pacer_email="alex@example.org",
    cmecf_login=CMECF_LOGIN,
    cmecf_password=CMECF_PASSWORD,
    cmecf_name="Aty Alex",
    filing_menus=("Bankruptcy", "Adversary"),
)


def test_ten_steps_lead_to_the_confirmation(http: httpx.Client, inside: Inside) -> None:
    inside.redaction_acknowledged = False
    said: list[str] = []
    result = walk(http, ALEX, say=said.append)
    assert len(said) == 10
    assert result.facts["Date/Time Submitted"] == "11/24/2026 11:00:00 CST"
    assert result.facts["Court local time"] == "11/24/2026 10:00:00 MST"
    assert result.facts["Court"] == "UTAH BANKRUPTCY COURT"
    assert result.transaction_id == 10005


def test_without_the_acknowledgment_there_is_no_credential_form(signed: Browser) -> None:
    signed.open("/UTBK/link/account")
    assert signed.address.endswith("/UTBK/link")


def test_without_a_proven_pair_there_is_no_question(acknowledged: Browser) -> None:
    acknowledged.open("/UTBK/link/confirm")
    assert acknowledged.address.endswith("/UTBK/link/account")


def test_question_can_be_reloaded(asked: Browser) -> None:
    asked.reload()
    asked.expect("Do you want to link these accounts?", "Aty Alex", "Alex Attorney")


def test_question_of_one_session_is_not_another_s(asked: Browser) -> None:
    asked.open("/UTBK/sign-in")
    asked.submit("Login", {"username": USERNAME, "password": PASSWORD})
    asked.open("/UTBK/link")
    asked.submit("Continue", tick="own_account")
    asked.open("/UTBK/link/confirm")
    assert asked.address.endswith("/UTBK/link/account")


def test_submitting_twice_posts_the_same_form_token(asked: Browser, inside: Inside) -> None:
    question = asked.page
    asked.submit("Submit")
    first = asked.address
    asked.page, asked.address = question, "http://testserver/UTBK/link/confirm"
    asked.submit("Submit")
    assert asked.address == first
    assert len(set(inside.confirmed)) == 1


def test_result_survives_a_reload(asked: Browser, inside: Inside) -> None:
    asked.submit("Submit")
    asked.reload()
    asked.expect("Your accounts are linked", "10005")
    assert len(inside.confirmed) == 1


def test_history_leads_back_to_the_confirmation(asked: Browser) -> None:
    asked.submit("Submit")
    asked.follow("Utilities")
    asked.follow("View my link transactions")
    asked.follow("Show the confirmation of transaction 10005")
    asked.expect("Your accounts are linked")
