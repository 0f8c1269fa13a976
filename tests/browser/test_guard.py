"""The guard's page for court staff in a real browser: axe finds nothing, and no page is wider than its screen."""

from datetime import UTC, datetime

import pytest
from playwright.async_api import Browser

from services.auth.guard.marks import Place
from services.auth.guard.page import pages
from services.auth.guard.settings import GuardSettings
from services.auth.guard.state import State
from services.contract.logins import Credential, LoginAttempted, LoginOutcome
from services.ops.demo.people import SEED_LOGIN, people
from services.ops.stack.ports import LOOPBACK
from services.runtime.process import serving
from services.runtime.settings import load
from tests.browser.filer import DESKTOP, PHONE, new_filer

pytestmark = [pytest.mark.browser, pytest.mark.timeout(200)]

NOON = datetime(2026, 11, 25, 12, 0, 30, tzinfo=UTC)


@pytest.fixture
def state() -> State:
    """An hour in which one place tried many names at two courts."""
    made = State(load(GuardSettings, kafka_bootstrap_servers="127.0.0.1:1"))
    for number in range(40):
        event = LoginAttempted(
            account=f"user{number}",
            court_id=("UTBK", "NYSBK")[number % 2],
            credential=Credential.PACER,
            outcome=LoginOutcome.FAILED,
            address_prefix="192.0.2.0/24",
            attempted_at=NOON,
        )
        made.take(Place(0, number), event, NOON)
    return made


async def test_pages_for_staff(state: State, chromium: Browser) -> None:
    async with serving(pages(state, lambda: NOON), host=LOOPBACK, port=0, server_header=False) as port:
        for screen, album in ((DESKTOP, "guard-desk"), (PHONE, "guard-phone")):
            filer = await new_filer(chromium, people()[SEED_LOGIN], album, screen=screen, scripts=True)
            for path, name in (("?held", "all"), ("courts/UTBK?held", "court"), ("courts/NONE", "nothing")):
                await filer.page.goto(f"http://{LOOPBACK}:{port}/{path}")
                await filer.look(name)
            await filer.page.goto(f"http://{LOOPBACK}:{port}/?held")
            await filer.click("link", "Let it go on")
            await filer.heading("Sign-ins of the last hour")
            assert not filer.complaints
