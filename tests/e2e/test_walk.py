"""The seed's walk through the real system: pages, Kafka, Postgres and mail, with real processes."""

import httpx

from services.ops.demo.browser import Browser, client
from services.ops.demo.mail import mail_about
from services.ops.demo.people import SEED_LOGIN, people
from services.ops.demo.walk import walk
from tests.system import System

ALEX = people()[SEED_LOGIN]
# Who may not file is shown no notice of what a filing must leave out.
CANNOT_LINK: tuple[tuple[str, str, list[str], str], ...] = (
    ("lg1234", "/UTBK/link", [], "Your PACER account has not been upgraded"),
    ("dana.district", "/UTDC/link", ["redaction"], "This court is not yet live on NextGen CM/ECF"),
)


def test_seed_walk_ends_with_its_e_mail(system: System) -> None:
    with client(system.url) as http:
        result = walk(http, ALEX)
        text = mail_about(result.transaction_id, ALEX.pacer_email, lambda: system.smtp.messages)
    told = [f"{name}: {result.facts[name]}" for name in ("Account Number", "Court", "Date/Time Submitted")]
    told += [f"{name}: {result.facts[name]}" for name in ("Transaction ID", "Request", "Transaction Status", "Comment")]
    lines = text.splitlines()
    assert [line for line in lines if line in told] == told
    assert told[:2] == ["Account Number: 111111", "Court: UTAH BANKRUPTCY COURT"]


def test_linking_again_says_so_and_the_old_login_is_retired(system: System) -> None:
    with client(system.url) as http:
        first = walk(http, ALEX)
        browser = _signed_in(http, ALEX.pacer_login, ALEX.pacer_password)
        browser.open("/UTBK/link")
        browser.submit("Continue", tick="redaction")
        browser.expect("Your accounts are already linked")
        assert browser.page.facts["Transaction ID"] == str(first.transaction_id)
    sam = people()["samtrustee"]
    with client(system.url) as http:
        browser = _signed_in(http, sam.pacer_login, sam.pacer_password)
        browser.open("/UTBK/link")
        browser.submit("Continue", tick="redaction")
        browser.submit("Continue", tick="own_account")
        browser.submit("Submit", {"cmecf_login": ALEX.cmecf_login, "cmecf_password": ALEX.cmecf_password})
        assert browser.status in {403, 409}


def test_who_cannot_link_is_told_why(system: System) -> None:
    for login, path, ticks, sentence in CANNOT_LINK:
        with client(system.url) as http:
            browser = _signed_in(http, login, people()[login].pacer_password)
            browser.open(path)
            for tick in ticks:
                browser.submit("Continue", tick=tick)
            assert browser.status == 409
            browser.expect(sentence, "What to do next")


def _signed_in(http: httpx.Client, login: str, password: str) -> Browser:
    browser = Browser(http, "/UTBK/sign-in")
    browser.submit("Login", {"username": login, "password": password})
    browser.expect("Signed in to PACER")
    return browser
