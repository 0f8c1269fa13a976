"""A filer in front of a real browser: walks the pages, and looks at each one that comes.

Looking: a picture is kept, nothing is wider than the screen, the browser refused nothing, axe finds nothing.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Browser, ConsoleMessage, Page, expect

from services.ops.demo.walk import Person
from tests.browser.axe import violations

PICTURES: Final = Path(__file__).parents[2] / "artifacts" / "pages"
DESKTOP: Final = (1280, 800)
PHONE: Final = (320, 640)
_TURNED_AWAY: Final = "503"
_WAITS_MAX: Final = 10
_WAIT_MS: Final = 3000


@dataclass
class Filer:
    """Who looks: `complaints` is what was seen that should not be."""

    page: Page
    person: Person
    album: str
    scripts: bool
    forced_colors: bool = False
    complaints: list[str] = field(default_factory=list)
    _count: int = 0

    async def look(self, name: str) -> None:
        """Look at the page that is shown."""
        self._count += 1
        path = PICTURES / self.album / f"{self._count:02}-{name}.png"
        await self.page.screenshot(path=path, full_page=True)
        width, room = await self.page.evaluate(
            "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        )
        if width > room:
            self.complaints.append(f"{name}: {width} px wide on a screen of {room}")
        if self.scripts:
            # Forced colours are the user's own; axe reckons with those of the style sheet.
            found = await violations(self.page, contrast=not self.forced_colors)
            self.complaints += [f"{name}: {each['id']}: {each['help']}" for each in found]

    async def click(self, role: str, name: str) -> None:
        """Click a link or button by the words on it."""
        target = self.page.get_by_role("button" if role == "button" else "link", name=name, exact=True)
        await target.first.click()

    async def heading(self, name: str) -> None:
        """Wait for the page with this heading."""
        await expect(self.page.get_by_role("heading", name=name, exact=True).first).to_be_visible()

    async def sign_in(self, password: str = "") -> None:
        """Fill in the PACER sign-in, and press Login. On a busy machine the answer can be to wait: then do so."""
        form = self.page.url
        for _ in range(_WAITS_MAX):
            await self.page.locator("#username").fill(self.person.pacer_login)
            await self.page.locator("#password").fill(password or self.person.pacer_password)
            await self.page.locator("form:has(#password) button:not([type])").click()
            if await self.page.title() != _TURNED_AWAY:
                return
            await self.page.wait_for_timeout(_WAIT_MS)
            await self.page.goto(form)

    async def acknowledge(self, name: str = "redaction") -> None:
        """Tick the box with this name, and press the button of its form."""
        await self.page.locator(f"#{name}").check()
        await self.page.locator(f"form:has(#{name}) button:not([type])").click()


async def new_filer(
    chromium: Browser,
    person: Person,
    album: str,
    *,
    screen: tuple[int, int],
    scripts: bool,
    **more: Any,  # noqa: ANN401 - Playwright's own options of a window
) -> Filer:
    """Open a window of its own for a person; its pictures go to artifacts/pages/ALBUM."""
    width, height = screen
    context = await chromium.new_context(
        viewport={"width": width, "height": height}, java_script_enabled=scripts, **more
    )
    filer = Filer(await context.new_page(), person, album, scripts, forced_colors="forced_colors" in more)

    def heard(message: ConsoleMessage) -> None:
        # The browser also tells every status over 399, which the walk brings about on purpose.
        if message.type == "error" and "the server responded with a status of" not in message.text:
            filer.complaints.append(f"console: {message.text}")

    filer.page.on("console", heard)
    return filer
