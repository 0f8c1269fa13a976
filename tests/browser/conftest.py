"""A real, headless Chromium for each test. Without one the tests are named as not run; in CI that is a failure."""

import os
from collections.abc import AsyncGenerator
from typing import Final

import pytest
from playwright.async_api import Browser, async_playwright, expect

from tests.browser.chromium import find_chromium

# A busy machine verifies a password slowly; what does not come at all is still named.
EXPECT_MS_MAX: Final = 30_000


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
