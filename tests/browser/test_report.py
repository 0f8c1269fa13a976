"""The report in a real browser: it asks no other machine for anything, axe finds nothing, it is read by keyboard, on a
small phone and on paper.
"""

from pathlib import Path
from typing import Any, Final

import pytest
from playwright.async_api import Browser, Page

from services.replay.measure.results import AuditSummary, Fault, Finding
from services.replay.report.writing import write_report
from tests.browser.axe import violations
from tests.browser.filer import DESKTOP, PHONE
from tests.thorough import one_for_all
from tests.unit.replay.report.runs import Made, write_run

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

PICTURES: Final = Path(__file__).parents[2] / "artifacts" / "report"
A4_PX: Final = (674, 950)
"""The inside of the page's margins."""
_IDS: Final = [f"0199f0c2-7b{index:02x}-7000-8000-0000000000{index:02x}" for index in range(20)]
_FAILED: Final = Made(
    stall=(20, 23),
    lost=40,
    faults=(Fault(at_s=20, what="linker stopped"), Fault(at_s=23, what="linker goes on")),
    audit=AuditSummary(
        outcome="failed",
        lines=["run failed  5,960 of 6,000", "P1  VIOLATED   40 requests without a row", "P8  unaudited  no canaries"],
        breaches=[Finding(what="sent and not in the ledger", count=40, ids=_IDS)],
        remarks=[Finding(what="of another run", count=2, ids=_IDS[:2])],
        unaudited=["P8: no canaries were given"],
    ),
)
RUNS: Final = {"passed": Made(), "failed": _FAILED}
SCREENS: Final[dict[str, dict[str, Any]]] = {
    "desk": {"viewport": dict(zip(("width", "height"), DESKTOP, strict=True)), "color_scheme": "light"},
    "dark": {"viewport": dict(zip(("width", "height"), DESKTOP, strict=True)), "color_scheme": "dark"},
    "phone": {"viewport": dict(zip(("width", "height"), PHONE, strict=True)), "color_scheme": "light"},
}


async def opened(chromium: Browser, folder: Path, made: Made, **screen: Any) -> Page:  # noqa: ANN401 - Playwright's own
    """Open the report of a run from its file."""
    write_run(folder, made)
    page = await (await chromium.new_context(**screen)).new_page()
    await page.goto(write_report(folder).as_uri())
    return page


async def too_wide(page: Page) -> int:
    """Return by how many pixels the page is wider than its screen."""
    wider: int = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return wider


@pytest.mark.parametrize("made", one_for_all(RUNS.values(), plain=next(iter(RUNS.values()))), ids=RUNS)
@pytest.mark.parametrize("screen", one_for_all(SCREENS.values(), plain=next(iter(SCREENS.values()))), ids=SCREENS)
async def test_axe_finds_nothing_and_nothing_is_cut_off(
    chromium: Browser, tmp_path: Path, made: Made, screen: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    page = await opened(chromium, tmp_path, made, **screen)
    for details in await page.locator("summary").all():
        await details.click()
    await page.screenshot(path=PICTURES / f"{request.node.callspec.id}.png", full_page=True)
    assert [(each["id"], each["nodes"][0]["html"]) for each in await violations(page)] == []
    assert await too_wide(page) <= 0


async def test_page_asks_no_other_machine(chromium: Browser, tmp_path: Path) -> None:
    write_run(tmp_path, _FAILED)
    path = write_report(tmp_path)
    page = await chromium.new_page()
    asked, complaints = list[str](), list[str]()
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    await page.goto(path.as_uri(), wait_until="networkidle")
    assert [url for url in asked if not url.startswith("data:")] == [path.as_uri()]
    assert complaints == []


async def test_keyboard_reaches_the_report_and_opens_its_figures(chromium: Browser, tmp_path: Path) -> None:
    page = await opened(chromium, tmp_path, Made(), **SCREENS["desk"])
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.innerText") == "Skip to the report"
    await page.keyboard.press("Enter")
    assert await page.evaluate("document.activeElement.id") == "main"
    figures = page.locator("#plot-rates summary")
    await figures.focus()
    assert await page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    await page.keyboard.press("Enter")
    assert await page.locator("#plot-rates table").is_visible()


async def test_paper_has_the_histograms_and_no_menu(chromium: Browser, tmp_path: Path) -> None:
    page = await opened(chromium, tmp_path, _FAILED, viewport=dict(zip(("width", "height"), A4_PX, strict=True)))
    await page.emulate_media(media="print")
    assert await page.locator("#histograms ~ details table").is_visible()
    assert not await page.locator("nav").is_visible()
    assert not await page.locator("#plot-rates details").is_visible()
    assert await page.locator("#plot-rates svg.wide").is_visible()
    assert await too_wide(page) <= 0


async def test_dark_screen_prints_on_white(chromium: Browser, tmp_path: Path) -> None:
    page = await opened(chromium, tmp_path, Made(), **SCREENS["dark"])
    assert await _paper(page) == "rgb(20, 24, 29)"
    await page.emulate_media(media="print")
    assert await _paper(page) == "rgb(255, 255, 255)"


async def _paper(page: Page) -> str:
    colour: str = await page.evaluate("getComputedStyle(document.body).backgroundColor")
    return colour
