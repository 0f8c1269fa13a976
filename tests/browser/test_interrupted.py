"""With the broker stopped a filer can sign in and link, and reads an honest page that completes itself, scripts off."""

import pytest
from playwright.async_api import Browser, expect

from services.ops.demo.people import SEED_LOGIN, people
from tests.backends.servers import Server
from tests.browser.filer import DESKTOP, new_filer
from tests.system import System

pytestmark = [pytest.mark.browser, pytest.mark.faults]
_COMPLETE_MS_MAX = 60_000


@pytest.mark.thorough
async def test_received_page_completes_when_the_broker_is_back(
    system: System, kafka_server: Server, chromium: Browser
) -> None:
    filer = await new_filer(chromium, people()[SEED_LOGIN], "interrupted", screen=DESKTOP, scripts=False)
    kafka_server.stop()
    try:
        await filer.page.goto(f"{system.url}/UTBK/link")
        await filer.sign_in()
        await filer.acknowledge()
        await filer.page.get_by_role("checkbox").check()
        await filer.click("button", "Continue")
        await filer.page.get_by_label("CM/ECF login").fill(filer.person.cmecf_login)
        await filer.page.get_by_label("CM/ECF password").fill(filer.person.cmecf_password)
        await filer.click("button", "Submit")
        await filer.click("button", "Submit")
        await filer.heading("Received, not yet recorded")
        await filer.look("received")
    finally:
        kafka_server.resume()
    linked = filer.page.get_by_role("heading", name="Your accounts are linked")
    await expect(linked).to_be_visible(timeout=_COMPLETE_MS_MAX)
    assert not filer.complaints
