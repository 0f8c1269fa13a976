"""The walk under other conditions: enlarged, high contrast, less motion, a slow line, Spanish; what a page loads."""

from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, Response, expect

from services.ops.demo.people import SEED_LOGIN, people
from services.runtime.screen import say
from tests.browser.filer import DESKTOP, Filer, new_filer
from tests.system import System

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]
PAGE_BYTES_MAX: Final = 200_000
_SLOW: Final = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 20_000}
# The width of a desk at 200 %, and each pixel twice as large.
_ENLARGED: Final = ((640, 400), {"device_scale_factor": 2})
_CONDITIONS: Final[dict[str, tuple[tuple[int, int], dict[str, Any]]]] = {
    "enlarged": _ENLARGED,
    "forced-colors": (DESKTOP, {"forced_colors": "active"}),
    "dark-forced-colors": (DESKTOP, {"forced_colors": "active", "color_scheme": "dark"}),
    "reduced-motion": (DESKTOP, {"reduced_motion": "reduce"}),
}


@dataclass
class Traffic:
    """What a window loaded: bodies by address since the last page, and every host that was asked."""

    hosts: set[str] = field(default_factory=set)
    bodies: dict[str, int] = field(default_factory=dict)

    async def note(self, response: Response) -> None:
        """Count one answer, uncompressed."""
        self.hosts.add(urlsplit(response.url).netloc)
        if response.status < 300 or response.status >= 400:
            self.bodies[response.url] = len(await response.body())


@pytest.mark.thorough
async def test_walk_under_each_condition(system: System, chromium: Browser) -> None:
    for name, (screen, more) in _CONDITIONS.items():
        filer = await new_filer(chromium, people()[SEED_LOGIN], name, screen=screen, scripts=True, **more)
        await _to_the_question(filer, system.url)
        await filer.look("question")
        moving = await filer.page.evaluate("document.getAnimations().length")
        assert not moving
        assert not filer.complaints
        await filer.page.context.close()


@pytest.mark.thorough
async def test_page_loads_from_its_own_host_and_is_light(system: System, chromium: Browser) -> None:
    filer = await new_filer(chromium, people()[SEED_LOGIN], "weight", screen=DESKTOP, scripts=True)
    heaviest: dict[str, int] = {}
    for path in ("/", "/UTBK", "/UTBK/sign-in", "/UTBK/help", "/UTBK/help/cmecf-bad-credentials", "/nowhere/at/all"):
        traffic = Traffic()
        filer.page.on("response", traffic.note)
        session = await filer.page.context.new_cdp_session(filer.page)
        await session.send("Network.setCacheDisabled", {"cacheDisabled": True})
        await filer.page.goto(system.url + path, wait_until="networkidle")
        filer.page.remove_listener("response", traffic.note)
        assert traffic.hosts == {urlsplit(system.url).netloc}
        heaviest[path] = sum(traffic.bodies.values())
    say("\n".join(f"{path}: {size} bytes with its style and script" for path, size in heaviest.items()))
    assert max(heaviest.values()) <= PAGE_BYTES_MAX


@pytest.mark.thorough
async def test_walk_on_a_slow_line(system: System, chromium: Browser) -> None:
    filer = await new_filer(chromium, people()[SEED_LOGIN], "slow", screen=DESKTOP, scripts=True)
    session = await filer.page.context.new_cdp_session(filer.page)
    await session.send("Network.enable")
    await session.send("Network.emulateNetworkConditions", _SLOW)
    await _to_the_question(filer, system.url)
    await filer.click("button", "Submit")
    await filer.heading("Your accounts are linked")
    assert not filer.complaints


@pytest.mark.thorough
async def test_walk_in_spanish(system: System, chromium: Browser) -> None:
    filer = await new_filer(chromium, people()["samtrustee"], "spanish", screen=DESKTOP, scripts=True, locale="es-MX")
    await filer.page.goto(f"{system.url}/UTBK/link")
    await filer.look("sign-in")
    await filer.sign_in("not the password")
    await filer.heading("Hay un problema")
    await filer.look("refused")
    await filer.sign_in()
    await filer.look("redaction")
    await filer.acknowledge()
    await filer.look("who")
    await filer.acknowledge("own_account")
    await filer.look("account")
    await _credentials(filer)
    await filer.look("question")
    await filer.click("button", "Enviar")
    await filer.heading("Sus cuentas están vinculadas")
    await filer.look("receipt")
    await expect(filer.page.locator(".record")).to_contain_text("Transaction Status")
    await filer.click("link", "Mis tribunales")
    await filer.look("my-courts")
    await filer.click("link", "English")
    await filer.heading("My courts")
    assert not filer.complaints


@pytest.mark.thorough
async def test_scripts_show_the_password_copy_the_record_and_keep_the_session(
    system: System, chromium: Browser
) -> None:
    filer = await new_filer(chromium, people()[SEED_LOGIN], "scripts", screen=DESKTOP, scripts=True)
    await filer.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await filer.page.goto(f"{system.url}/UTBK/sign-in")
    await filer.page.locator("#password").fill("typed")
    await filer.page.get_by_role("button", name="Show the password").click()
    await expect(filer.page.locator("#password")).to_have_attribute("type", "text")
    await filer.look("password-shown")
    await _to_the_question(filer, system.url)
    await filer.click("button", "Submit")
    await filer.heading("Your accounts are linked")
    await filer.click("button", "Copy")
    await expect(filer.page.get_by_role("status").filter(has_text="Copied")).to_be_visible()
    copied = await filer.page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("Account Number: 111111\nCourt: UTAH BANKRUPTCY COURT\nDate/Time Submitted: ")
    await _stay_signed_in(filer)
    assert not filer.complaints


async def _stay_signed_in(filer: Filer) -> None:
    """Let the time run until the warning comes, by the browser's own clock."""
    await filer.page.clock.install()
    await filer.page.reload()
    dialog = filer.page.get_by_role("dialog", name="Do you want to stay signed in?")
    await filer.page.clock.fast_forward("27:00")
    await expect(dialog).not_to_be_visible()
    await filer.page.clock.fast_forward("01:30")
    await expect(dialog).to_be_visible()
    await expect(dialog.get_by_role("button", name="Stay signed in")).to_be_focused()
    await filer.look("session-ends")
    await filer.page.keyboard.press("Escape")
    await expect(dialog).not_to_be_visible()
    await filer.page.reload()
    await filer.page.clock.fast_forward("28:30")
    async with filer.page.expect_response("**/session/extend") as answer:
        await dialog.get_by_role("button", name="Stay signed in").click()
    assert (await answer.value).status == 200


async def _to_the_question(filer: Filer, url: str) -> None:
    await filer.page.goto(f"{url}/UTBK/link")
    await filer.look("sign-in")
    await filer.sign_in()
    await filer.look("redaction")
    await filer.acknowledge()
    await filer.look("who")
    await filer.acknowledge("own_account")
    await _credentials(filer)


async def _credentials(filer: Filer) -> None:
    await filer.page.locator("#cmecf_login").fill(filer.person.cmecf_login)
    await filer.page.locator("#cmecf_password").fill(filer.person.cmecf_password)
    await filer.page.locator("form:has(#cmecf_password) button:not([type])").click()
    await filer.page.locator(".pair").wait_for()
