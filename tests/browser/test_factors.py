"""The second factor in a real browser: an app, backup codes, a passkey; with and without scripts; axe on each page."""

import re
from collections.abc import AsyncGenerator
from pathlib import Path

import pyotp
import pytest
from playwright.async_api import Browser, Page, expect

from services.ops.demo.people import SEED_LOGIN, people
from services.ops.stack.ports import free_port
from tests.backends.deployment import Deployment
from tests.backends.smtp import MailServer
from tests.browser.filer import DESKTOP, PHONE, Filer, new_filer
from tests.integration.factors.test_mail import CODE, mailed
from tests.system import System

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

MANAGE = "utilities/second-factor"
TITLE = "Confirm that it is you"
_CANCEL = """() => {
  navigator.credentials.create = async () => { throw new DOMException("", "NotAllowedError"); };
}"""


@pytest.fixture
async def named(deployment: Deployment, smtp: MailServer, tmp_path: Path) -> AsyncGenerator[System]:
    """The whole system under the name localhost, where browsers make passkeys."""
    port = free_port()
    system = System(deployment=deployment, smtp=smtp, folder=tmp_path, http_port=port)
    system.more = {"PUBLIC_URL": f"http://localhost:{port}", "FACTOR_POLICY": "prompted"}
    with system:
        yield system


@pytest.mark.thorough
@pytest.mark.parametrize("scripts", [True, False], ids=["with-scripts", "without-scripts"])
async def test_app_and_backup_codes(named: System, chromium: Browser, scripts: bool) -> None:  # noqa: FBT001
    screen, album = (DESKTOP, "factors") if scripts else (PHONE, "factors-without-scripts")
    filer = await new_filer(chromium, people()[SEED_LOGIN], album, screen=screen, scripts=scripts)
    await _sign_in(named, filer)
    await filer.heading("Protect your account with a second factor")
    await filer.look("offer")
    await filer.click("link", "Enrol now")
    await filer.look("nothing-yet")
    seed = await _enrol_app(named, filer)
    await filer.click("link", "Make ten backup codes")
    await filer.look("backup-codes")
    await filer.click("button", "Make ten codes")
    await filer.heading("Your backup codes")
    await filer.look("backup-codes-shown")
    codes = await filer.page.locator(".codes code").all_inner_texts()
    await _save(filer.page, codes)
    await filer.page.context.clear_cookies()
    await _sign_in(named, filer)
    await filer.heading(TITLE)
    await filer.look("challenge")
    await filer.page.get_by_label("Code").fill("000000")
    await filer.click("button", "Continue")
    await expect(filer.page.locator(".summary")).to_be_focused()
    await filer.look("challenge-refused")
    await filer.page.get_by_label("Code").fill(codes[0].lower())
    await filer.click("button", "Continue")
    await expect(filer.page.get_by_role("heading", name=TITLE)).to_have_count(0)
    await _look_at_the_rest(named, filer, seed)
    assert not filer.complaints


@pytest.mark.thorough
async def test_passkey_is_made_and_used(named: System, chromium: Browser) -> None:
    filer = await new_filer(chromium, people()[SEED_LOGIN], "passkeys", screen=DESKTOP, scripts=True)
    await _authenticator(filer.page)
    await _sign_in(named, filer)
    await filer.click("link", "Enrol now")
    await filer.click("link", "Add a passkey")
    await _mailed(named, filer)
    await filer.heading("Add a passkey")
    await filer.look("add-a-passkey")
    await filer.click("button", "Make a passkey")
    await expect(filer.page.get_by_role("alert")).to_have_text("Give it a name, so that you know it again")
    await filer.look("passkey-without-name")
    await filer.page.get_by_label("Name of this passkey").fill("my laptop")
    await filer.click("button", "Make a passkey")
    await expect(filer.page.get_by_text("The passkey was added.")).to_be_visible()
    await filer.page.context.clear_cookies()
    await _sign_in(named, filer)
    await filer.heading(TITLE)
    await filer.look("challenge-by-passkey")
    await filer.click("button", "Use a passkey")
    await expect(filer.page.get_by_role("heading", name=TITLE)).to_have_count(0)
    await _redaction(filer)
    await filer.page.goto(f"{_url(named)}/UTBK/prove-again?next=/UTBK/query")
    await filer.look("prove-again-by-passkey")
    await filer.page.get_by_label("PACER password").fill(filer.person.pacer_password)
    await filer.click("button", "Continue with the password and a passkey")
    await filer.page.wait_for_url("**/UTBK/query")
    assert not filer.complaints


@pytest.mark.thorough
async def test_passkey_that_is_cancelled_is_told(named: System, chromium: Browser) -> None:
    filer = await new_filer(chromium, people()[SEED_LOGIN], "passkeys-cancelled", screen=PHONE, scripts=True)
    await _authenticator(filer.page, verifies=False)
    await _sign_in(named, filer)
    await filer.page.goto(f"{_url(named)}/UTBK/{MANAGE}/code?for=passkeys")
    await _mailed(named, filer)
    await filer.page.get_by_label("Name of this passkey").fill("my phone")
    await filer.page.evaluate(_CANCEL)
    await filer.click("button", "Make a passkey")
    await expect(filer.page.get_by_role("alert")).to_contain_text("No passkey was used")
    await filer.look("cancelled")
    assert not filer.complaints


@pytest.mark.thorough
async def test_restricted_filer_is_told_so(named: System, chromium: Browser) -> None:
    filer = await new_filer(chromium, people()[SEED_LOGIN], "factors-restricted", screen=PHONE, scripts=True)
    for _ in range(3):
        await _sign_in(named, filer)
        await filer.click("button", "Not now")
        await filer.page.context.clear_cookies()
    await _sign_in(named, filer)
    await filer.heading("Your access is restricted until you enrol")
    await filer.look("restricted")
    await filer.click("link", "how you stand at each court")
    await filer.heading("My courts")
    await filer.look("my-courts")
    await filer.page.goto(f"{_url(named)}/UTBK/link")
    await filer.heading("Your access is restricted until you enrol")
    assert not filer.complaints


async def _enrol_app(system: System, filer: Filer) -> str:
    await filer.click("link", "Add an authenticator app")
    await filer.heading("Security code by e-mail")
    await filer.look("security-code")
    await _mailed(system, filer)
    await filer.heading("Add an authenticator app")
    await filer.look("app")
    seed = (await filer.page.locator("#seed").inner_text()).replace(" ", "")
    await filer.page.get_by_label("Name of this app").fill("my phone")
    await filer.page.get_by_label("Code that the app shows now").fill("000000")
    await filer.click("button", "Add the app")
    await filer.look("app-refused")
    await filer.page.get_by_label("Code that the app shows now").fill(pyotp.TOTP(seed).now())
    await filer.click("button", "Add the app")
    await expect(filer.page.get_by_text("The app was added.")).to_be_visible()
    await filer.look("app-added")
    return seed


async def _look_at_the_rest(system: System, filer: Filer, seed: str) -> None:
    await _redaction(filer)
    await filer.page.goto(f"{_url(system)}/UTBK/{MANAGE}")
    await filer.look("list")
    await filer.click("link", "Remove my phone")
    await filer.heading("Remove my phone?")
    await filer.look("remove")
    await filer.page.goto(f"{_url(system)}/UTBK/prove-again?next=/UTBK/query")
    await filer.look("prove-again")
    await filer.page.get_by_label("PACER password").fill("not the password")
    await filer.page.get_by_label("Code").fill(pyotp.TOTP(seed).now())
    await filer.click("button", "Continue")
    await filer.heading("There is a problem")
    await filer.look("prove-again-refused")


async def _sign_in(system: System, filer: Filer) -> None:
    await filer.page.goto(f"{_url(system)}/UTBK/sign-in")
    await filer.page.locator("#username").fill(filer.person.pacer_login)
    await filer.page.locator("#password").fill(filer.person.pacer_password)
    await filer.click("button", "Login")


async def _redaction(filer: Filer) -> None:
    if filer.page.url.partition("?")[0].endswith("/redaction"):
        await filer.page.get_by_role("checkbox").check()
        await filer.click("button", "Continue")


async def _mailed(system: System, filer: Filer) -> None:
    await filer.click("button", "Send the code")
    await expect(filer.page.get_by_label("Security code")).to_be_visible()
    await filer.look("security-code-on-its-way")
    await filer.page.get_by_label("Security code").fill(mailed(system, CODE)[1])
    await filer.click("button", "Continue")


async def _save(page: Page, codes: list[str]) -> None:
    async with page.expect_download() as saving:
        await page.get_by_role("link", name="Save as a file").click()
    saved = await (await saving.value).path()
    assert re.findall(r"[0-9A-Z]{5}-[0-9A-Z]{5}", saved.read_text()) == codes


async def _authenticator(page: Page, *, verifies: bool = True) -> None:
    devtools = await page.context.new_cdp_session(page)
    await devtools.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    await devtools.send("WebAuthn.addVirtualAuthenticator", {"options": {**options, "isUserVerified": verifies}})


def _url(system: System) -> str:
    return f"http://localhost:{system.http_port}"
