"""A real, headless Chromium for each test. Without one the tests are named as not run; in CI that is a failure."""

import os
from collections.abc import AsyncGenerator, Callable, Iterator
from typing import Final

import pytest
from playwright.async_api import Browser, async_playwright, expect

from tests.backends.tally import PREFIX
from tests.browser import axe
from tests.browser.chromium import find_chromium

# A busy machine verifies a password slowly; what does not come at all is still named.
EXPECT_MS_MAX: Final = 30_000


@pytest.fixture(autouse=True)
def what_axe_found(record_property: Callable[[str, object], None]) -> Iterator[None]:
    """Tell the report how many states axe looked at in this test, and how many violations there were."""
    before = axe.tally.copy()
    yield
    for name, number in axe.tally.items():
        record_property(PREFIX + name, number - before[name])


@pytest.fixture
async def chromium() -> AsyncGenerator[Browser]:
    """Start it. As root it has no sandbox: Chromium refuses to make one."""
    expect.set_options(timeout=EXPECT_MS_MAX)
    async with async_playwright() as playwright:
        path = find_chromium(playwright.chromium.executable_path)
        if path is None:
            missing = "no Chromium: set CHROMIUM, or install the package chromium"
            if os.environ.get("CI") == "true":
                pytest.fail(missing)
            pytest.skip(missing)
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = await playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        await browser.close()
