"""A link ended by order of the court: recorded, mailed to both, and the old credential proves again."""

import time
from email import message_from_bytes
from email.policy import default

from services.ops.demo.browser import Browser, client
from services.ops.demo.people import people
from services.ops.demo.walk import walk
from tests.system import System

SAM = people()["samtrustee"]
ORDER = ("--reason", "linked to the wrong person", "--by", "Clerk of Court")
_ARRIVED_S_MAX = 30.0


def test_link_ended_by_order_of_the_court(system: System) -> None:
    with client(system.url) as http:
        walk(http, SAM)
    system.run("links", "end", "UTBK", SAM.cmecf_login, *ORDER, role="auth")
    deadline = time.monotonic() + _ARRIVED_S_MAX
    # Record and notice of the link, then record and notice of its end.
    while len(system.smtp.messages) < 4:
        assert time.monotonic() < deadline, system.smtp.messages
        time.sleep(0.1)
    ends = [message_from_bytes(content, policy=default) for content in system.smtp.messages[2:]]
    told = " ".join(str(mail["To"]) for mail in ends)
    assert SAM.pacer_email in told
    assert len({str(mail["To"]) for mail in ends}) == 2
    with client(system.url) as http:
        browser = Browser(http, "/UTBK/sign-in")
        browser.submit("Login", {"username": SAM.pacer_login, "password": SAM.pacer_password})
        browser.open("/UTBK/link")
        browser.submit("Continue", tick="redaction")
        browser.submit("Continue", tick="own_account")
        browser.submit("Submit", {"cmecf_login": SAM.cmecf_login, "cmecf_password": SAM.cmecf_password})
        browser.expect("Do you want to link these accounts?")
