"""The seed's walk in a real browser: scripts on and off, at a desk and on a small phone; a picture of each page."""

import pytest
from playwright.async_api import Browser, expect

from services.ops.demo.people import SEED_LOGIN, people
from tests.browser.filer import DESKTOP, PHONE, Filer, new_filer
from tests.system import System
from tests.thorough import one_for_all

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.mark.timeout(500)  # forty pages, axe on each
@pytest.mark.parametrize("scripts", one_for_all([True, False], plain=True), ids=["with-scripts", "without-scripts"])
async def test_seed_walk_on_desk_and_phone(system: System, chromium: Browser, scripts: bool) -> None:  # noqa: FBT001
    suffix = "" if scripts else "-without-scripts"
    for login, screen, name in ((SEED_LOGIN, DESKTOP, "desk"), ("samtrustee", PHONE, "phone")):
        filer = await new_filer(chromium, people()[login], name + suffix, screen=screen, scripts=scripts)
        await _before_sign_in(filer, system.url)
        await _to_the_link(filer)
        await _link(filer)
        await _after_the_link(filer)
        assert not filer.complaints


@pytest.mark.thorough
async def test_refusals_and_faults_have_pages(system: System, chromium: Browser) -> None:
    for screen, name in ((DESKTOP, "desk-faults"), (PHONE, "phone-faults")):
        for login, court in (("lg1234", "UTBK"), ("dana.district", "UTDC")):
            filer = await new_filer(chromium, people()[login], f"{name}-{court}", screen=screen, scripts=True)
            await filer.page.goto(f"{system.url}/{court}/link")
            await filer.sign_in()
            if login != "lg1234":  # a legacy account cannot file, so nothing has to be redacted
                await filer.acknowledge()
            await filer.look("refused")
            await filer.page.goto(f"{system.url}/{court}/nowhere")
            await filer.heading("Page not found")
            await filer.look("not-found")
            assert not filer.complaints


async def _before_sign_in(filer: Filer, url: str) -> None:
    await filer.page.goto(url)
    await filer.look("courts")
    await filer.page.goto(f"{url}/UTBK")
    await filer.look("site-of-the-court")
    await filer.click("link", "E-Filing (CM/ECF)")
    await filer.heading("Welcome to the U.S. Bankruptcy Court for the District of Utah")
    await filer.look("landing")
    await filer.click("link", "District of Utah - Document Filing System")
    await filer.heading("PACER LOGIN")
    await filer.look("sign-in")
    await filer.sign_in("not the password")
    await expect(filer.page.locator(".summary")).to_be_focused()
    await filer.look("sign-in-refused")
    await filer.sign_in()
    await filer.heading("Redaction notice")
    await filer.look("redaction-notice")
    await filer.click("button", "Continue")
    await expect(filer.page.locator(".summary")).to_be_focused()
    await filer.look("redaction-notice-not-ticked")
    await filer.acknowledge()
    await filer.heading("District of Utah - Document Filing System")
    await filer.look("reduced-menu")
    await filer.click("link", "My courts")
    await filer.look("my-courts")


async def _to_the_link(filer: Filer) -> None:
    await expect(filer.page.get_by_role("link", name="Bankruptcy", exact=True)).to_have_count(0)
    await filer.page.goto(filer.page.url.replace("/my-courts", "/bankruptcy"))
    await filer.heading("Filing opens after you link your accounts")
    await filer.look("filing-menu-before-the-link")
    await filer.click("link", "Utilities")
    await filer.look("utilities")
    await filer.click("link", "NextGen Release 1.1 Menu Items")
    await filer.look("nextgen-menu-items")
    await filer.click("link", "Link a CM/ECF account to my PACER account")
    await filer.heading("Who is signed in")
    await filer.look("who-is-signed-in")
    await filer.click("button", "Continue")
    await filer.look("not-acknowledged")
    await filer.page.get_by_role("checkbox").check()
    await filer.click("button", "Continue")


async def _link(filer: Filer) -> None:
    await filer.look("cmecf-account")
    await filer.click("button", "Submit")
    await expect(filer.page).to_have_title(
        "Error: Your CM/ECF account | U.S. Bankruptcy Court for the District of Utah"
    )
    await filer.look("cmecf-account-faults")
    await filer.page.get_by_label("CM/ECF login").fill(filer.person.cmecf_login)
    await filer.page.get_by_label("CM/ECF password").fill(filer.person.cmecf_password)
    await filer.click("button", "Submit")
    await filer.heading("Do you want to link these accounts?")
    await expect(filer.page.locator(".pair")).to_contain_text(filer.person.cmecf_name)
    await filer.look("confirm")
    await filer.click("button", "Submit")
    await filer.heading("Your accounts are linked")
    await filer.look("confirmation")


async def _after_the_link(filer: Filer) -> None:
    confirmation = filer.page.url
    await filer.page.reload()
    await filer.heading("Your accounts are linked")
    await filer.page.emulate_media(media="print")
    await filer.look("confirmation-printed")
    await filer.page.emulate_media(media="screen")
    for menu in filer.person.filing_menus:
        await filer.click("link", menu)
        await filer.heading(menu)
    await filer.look("filing-menu")
    await filer.page.goto(confirmation.partition("/link/")[0] + "/link")
    await filer.heading("Your accounts are already linked")
    await filer.look("linking-again")
    await filer.click("link", "Utilities")
    await filer.click("link", "View my link transactions")
    await filer.look("transactions")
    await filer.click("link", "My courts")
    await filer.click("link", "Confirmation of Utah Bankruptcy Court")
    await filer.heading("Your accounts are linked")
    await filer.page.get_by_role("button", name="Log out").click()
    await filer.heading("You are logged out")
    await filer.look("logged-out")
