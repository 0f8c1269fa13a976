"""Proving again where others try too: with a ticket behind a throttled address, with a passcode at a remote sign-on."""

import re
from collections.abc import AsyncGenerator, Iterator

import pytest

from services.auth.portal.ports import Client
from services.auth.protection.tickets import Tickets
from services.auth.signon.attempts import address_prefix
from services.runtime.clock import now
from tests.backends.databases import Database
from tests.integration.api.remote import SIGNED_IN, RemoteSignOn, Scripted
from tests.integration.factors.conftest import FORM_SECRET, PASSWORD, Filer, Site, joined

PROVE = "/UTBK/prove-again"
HERE = Client("192.0.2.17")


@pytest.fixture
def remote() -> Iterator[RemoteSignOn]:
    with RemoteSignOn(SIGNED_IN) as made:
        yield made


@pytest.fixture
async def chained(peopled: Database, remote: RemoteSignOn) -> AsyncGenerator[Site]:
    """Auth whose passwords a remote sign-on verifies."""
    async with joined(peopled, pacer_verifier="remote", sign_on_url=remote.url) as made:
        yield made


async def proving(site: Site) -> Filer:
    """A signed-in filer who is asked again."""
    filer = site.filer(HERE.address)
    await filer.sign_in()
    await filer.acknowledge()
    await filer.open(f"{PROVE}?next=query")
    return filer


def throttle(site: Site, client: Client) -> None:
    for _ in range(20):
        site.joint.limiter.failed("alexattorney", client, None)


def due_ticket() -> str:
    """A ticket as auth gives it, due at once."""
    tickets = Tickets(FORM_SECRET.encode())
    return tickets.issue("alexattorney", address_prefix(HERE.address), due_at=now().timestamp())


def ticket_of(filer: Filer) -> str:
    found = re.search(r'name="ticket" value="([^"]*)"', filer.response.text)
    assert found, f"no field for a ticket on {filer.path}"
    return found[1]


async def test_who_has_to_wait_is_given_a_ticket(site: Site) -> None:
    filer = await proving(site)
    throttle(site, HERE)
    await filer.post(PROVE, password=PASSWORD, next="/UTBK/query")
    assert filer.response.status_code == 503
    assert int(filer.response.headers["retry-after"]) > 0
    assert ticket_of(filer)


async def test_a_ticket_that_is_due_is_let_through(site: Site) -> None:
    filer = await proving(site)
    throttle(site, HERE)
    ticket = due_ticket()
    await filer.post(PROVE, password=PASSWORD, next="/UTBK/query", ticket=ticket)
    assert filer.path == "/UTBK/query"


async def test_the_passcode_of_a_remote_sign_on_is_asked_for_and_sent(chained: Site, remote: RemoteSignOn) -> None:
    filer = await proving(chained)
    assert "One-time passcode" in filer.page.text
    await filer.post(PROVE, password=PASSWORD, otp_code=" 123456", next="/UTBK/query")
    assert filer.path == "/UTBK/query"
    assert remote.asked[-1]["otpCode"] == "123456"


async def test_no_passcode_is_asked_for_where_passwords_are_our_own(site: Site) -> None:
    assert "One-time passcode" not in (await proving(site)).page.text


async def test_a_busy_remote_sign_on_is_told_as_busy(peopled: Database) -> None:
    with RemoteSignOn(Scripted(status=429, headers={"Retry-After": "7"})) as busy:
        async with joined(peopled, pacer_verifier="remote", sign_on_url=busy.url) as site:
            filer = site.filer()
            await filer.sign_in()
    assert (filer.response.status_code, filer.response.headers["retry-after"]) == (503, "7")
    assert "Many people are signing in at this moment" in filer.page.text


async def test_the_tickets_of_both_sign_ons_are_kept_together(peopled: Database) -> None:
    waits = Scripted(status=429, headers={"Retry-After": "7", "X-SIGN-ON-TICKET": "theirs"})
    with RemoteSignOn(waits, SIGNED_IN) as remote:
        async with joined(peopled, pacer_verifier="remote", sign_on_url=remote.url) as site:
            filer = site.filer(HERE.address)
            await filer.sign_in()
            assert ticket_of(filer) == "~theirs"
            throttle(site, Client("198.51.100.9"))  # a stranger goes on trying here
            await _sign_in(filer, "~theirs")
            assert re.fullmatch(r"[^~]+~theirs", ticket_of(filer))
            due = due_ticket()
            await _sign_in(filer, f"{due}~theirs")
    assert filer.path in {"/UTBK/menu", "/UTBK/redaction"}
    assert remote.headers[1]["x-sign-on-ticket"] == "theirs"


async def _sign_in(filer: Filer, ticket: str) -> None:
    await filer.post("/UTBK/sign-in", username="alexattorney", password=PASSWORD, ticket=ticket)
