"""axe on a page, by the rules of WCAG 2.2 AA; what it found is added up for the report at the end of the tests."""

from collections import Counter
from typing import Any, Final

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

_RULES: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

tally: Final[Counter[str]] = Counter()
"""States looked at and violations found, in this process so far."""


async def violations(page: Page, *, contrast: bool = True) -> list[dict[str, Any]]:
    """Return what axe has against the page as it is shown. `contrast=False` where the colours are the user's own."""
    rules = {"color-contrast": {"enabled": contrast}}
    options = {"runOnly": _RULES, "rules": rules, "resultTypes": ["violations"]}
    found: list[dict[str, Any]] = (await Axe().run(page, options=options)).response["violations"]
    tally.update({"axe: states looked at": 1, "axe: violations": len(found)})
    return found
