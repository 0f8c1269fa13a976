"""The ten steps of the court's instructions, walked through the pages as a filer does: for `ecflink demo` and tests.

From the HTML alone: it follows links, fills in forms, and reads what stands on the pages.
"""

import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Final

import httpx

from services.ops.demo.browser import Browser, NotAsExpected

RESULT_WAIT_S_MAX: Final = 60.0
_RESULT_POLL_S: Final = 1.0
PENDING: Final = "Received, not yet recorded"


@dataclass(frozen=True, kw_only=True)
class Person:
    """Who walks: one filer, one court. `welcome` and `system` are how the court's landing page greets."""

    court_id: str
    court: str
    system: str
    pacer_login: str
    pacer_password: str
    pacer_name: str
    pacer_email: str
    cmecf_login: str
    cmecf_password: str
    cmecf_name: str
    filing_menus: tuple[str, ...]


@dataclass(frozen=True)
class WalkResult:
    """What the walk ended with: the facts of the final confirmation by their names, and its address."""

    facts: dict[str, str]
    address: str

    @property
    def transaction_id(self) -> int:
        """The number of the transaction."""
        return int(self.facts["Transaction ID"])


def walk(http: httpx.Client, person: Person, *, say: Callable[[str], None] = lambda _: None) -> WalkResult:
    """Walk all steps, saying each when it is done. Raises NotAsExpected where a page is not what it should be."""
    steps = _steps(http, person)
    while True:
        try:
            say(next(steps))
        except StopIteration as end:
            result: WalkResult = end.value
            return result


def _steps(http: httpx.Client, person: Person) -> Generator[str, None, WalkResult]:
    browser = Browser(http, f"/{person.court_id}")
    browser.follow("E-Filing (CM/ECF)")
    browser.expect(f"Welcome to the {person.court}")
    browser.follow(person.system)
    yield f"1   {person.court}: E-Filing (CM/ECF), then {person.system}"

    browser.expect("PACER LOGIN", "Your browser must be set to accept cookies in order to log in to this site.")
    browser.submit("Login", {"username": person.pacer_login, "password": person.pacer_password})
    browser.expect("Redaction notice", "All filers must redact.")
    browser.submit("Continue", tick="redaction")
    browser.expect(f"Signed in to PACER as {person.pacer_name}")
    _no_filing_yet(browser, person)
    yield f"2   signed in to PACER as {person.pacer_name}, redaction notice acknowledged; no filing menu yet"

    browser.follow("Utilities")
    browser.follow("NextGen Release 1.1 Menu Items")
    yield "3   Utilities, then NextGen Release 1.1 Menu Items"

    browser.follow("Link a CM/ECF account to my PACER account")
    browser.expect("Who is signed in", person.pacer_name)
    yield "4   Link a CM/ECF account to my PACER account"

    yield f"5   who is signed in: {browser.page.facts['Name']}, account {browser.page.facts['PACER account number']}"
    browser.submit("Continue", tick="own_account")
    yield "6   own individual account: acknowledged"

    browser.submit("Submit", {"cmecf_login": person.cmecf_login, "cmecf_password": person.cmecf_password})
    yield f"7   CM/ECF login {person.cmecf_login} and its password: accepted"

    browser.expect("Do you want to link these accounts?", person.cmecf_name, person.pacer_name)
    browser.expect("your old e-filing credentials for the CM/ECF account")
    browser.submit("Submit")
    yield f"8   CM/ECF {person.cmecf_name}, PACER {person.pacer_name}: submitted"

    facts = _confirmation(browser)
    address = browser.address
    yield f"9   transaction {facts['Transaction ID']}: {facts['Transaction Status']}. {facts['Comment']}"

    for menu in person.filing_menus:
        browser.follow(menu)
        browser.expect(f"You can file in this court as {person.cmecf_name}")
    yield f"10  the menus {', '.join(person.filing_menus)} are open"
    browser.submit(f"Log out {person.pacer_name}")
    browser.expect("You are logged out")
    return WalkResult(facts, address)


def _no_filing_yet(browser: Browser, person: Person) -> None:
    if shown := {link.text for link in browser.page.links} & set(person.filing_menus):
        raise NotAsExpected(f"the menus {sorted(shown)} are there before the link")
    browser.expect("You cannot e-file yet")


def _confirmation(browser: Browser) -> dict[str, str]:
    deadline = time.monotonic() + RESULT_WAIT_S_MAX
    while PENDING in browser.page.headings and time.monotonic() < deadline:
        time.sleep(_RESULT_POLL_S)
        browser.reload()
    if "Transaction ID" not in browser.page.facts:
        raise NotAsExpected(f"no transaction on {browser.address} ({browser.status}): {browser.page.text[:600]}")
    return browser.page.facts
