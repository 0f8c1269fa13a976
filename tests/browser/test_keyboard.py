"""The walk without a mouse: each thing is reached by Tab, shows that it has the focus, and works by Enter or Space."""

import pytest
from playwright.async_api import Browser

from services.ops.demo.people import SEED_LOGIN, people
from tests.browser.filer import DESKTOP, Filer, new_filer
from tests.system import System

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]
_TABS_MAX = 40
_FOCUSED = """
() => {
  const focused = document.activeElement, style = getComputedStyle(focused);
  const label = focused.labels && focused.labels.length ? focused.labels[0].innerText : focused.innerText;
  return [(label || "").replace(/\\s+/g, " ").trim(), style.outlineStyle !== "none" && style.outlineWidth !== "0px"];
}
"""


@pytest.mark.thorough
async def test_walk_by_keyboard_alone(system: System, chromium: Browser) -> None:
    filer = await new_filer(chromium, people()[SEED_LOGIN], "keyboard", screen=DESKTOP, scripts=True)
    await filer.page.goto(f"{system.url}/UTBK/ecf")
    await _press(filer, "Skip to the main content")
    assert await filer.page.evaluate("document.activeElement.id") == "main"
    await _press(filer, "District of Utah - Document Filing System")
    await _type(filer, "Username *", filer.person.pacer_login)
    await _type(filer, "Password *", filer.person.pacer_password)
    await filer.page.keyboard.press("Enter")
    await filer.heading("Redaction notice")
    await _press(filer, "I have read this notice.", key="Space")
    await _press(filer, "Continue")
    await filer.heading("District of Utah - Document Filing System")
    for link in ("Utilities", "NextGen Release 1.1 Menu Items", "Link a CM/ECF account to my PACER account"):
        await _press(filer, link)
    await _press(filer, "I am Alex Attorney, and this is my own individual PACER account.", key="Space")
    await _press(filer, "Continue")
    await _type(filer, "CM/ECF login *", filer.person.cmecf_login)
    await _type(filer, "CM/ECF password *", filer.person.cmecf_password)
    await _press(filer, "Submit")
    await filer.heading("Do you want to link these accounts?")
    await _press(filer, "Submit")
    await filer.heading("Your accounts are linked")
    assert not filer.complaints


async def _press(filer: Filer, text: str, *, key: str = "Enter") -> None:
    await _reach(filer, text)
    before = filer.page.url
    await filer.page.keyboard.press(key)
    if key == "Enter" and not text.startswith("Skip"):
        await filer.page.wait_for_url(lambda url: url != before)


async def _type(filer: Filer, label: str, text: str) -> None:
    await _reach(filer, label)
    await filer.page.keyboard.type(text)


async def _reach(filer: Filer, text: str) -> None:
    passed: list[str] = []
    for _ in range(_TABS_MAX):
        await filer.page.keyboard.press("Tab")
        label, seen = await filer.page.evaluate(_FOCUSED)
        passed.append(label)
        if label.startswith(text):
            assert seen, f"{text} does not show that it has the focus"
            return
    pytest.fail(f"Tab does not reach {text!r}: {passed}")
