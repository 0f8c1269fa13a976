"""The page of every state, at a desk and on a small phone, in both languages: axe finds nothing, nothing is cut off."""

import pytest
from playwright.async_api import Browser

from services.auth.portal.language import LANGUAGES
from services.auth.portal.pages.help import slug_of
from services.auth.portal.states import State, telling
from services.ops.demo.people import SEED_LOGIN, people
from services.runtime.screen import say
from tests.browser.filer import DESKTOP, PHONE, new_filer
from tests.system import System

pytestmark = pytest.mark.browser


@pytest.mark.thorough
@pytest.mark.timeout(900)  # two hundred pages, axe on each
async def test_page_of_every_state(system: System, chromium: Browser) -> None:
    seen = 0
    for screen, name in ((DESKTOP, "states-desk"), (PHONE, "states-phone")):
        for language in LANGUAGES:
            filer = await new_filer(chromium, people()[SEED_LOGIN], f"{name}-{language}", screen=screen, scripts=True)
            await filer.page.goto(f"{system.url}/UTBK?lang={language}")
            for which in State:
                await filer.page.goto(f"{system.url}/UTBK/help/{slug_of(which)}")
                await filer.look(slug_of(which))
                if language == "en":
                    await filer.heading(telling(which).title)
                seen += 1
            assert not filer.complaints
            await filer.page.context.close()
    say(f"{seen} pages of {len(State)} states: axe found nothing, nothing is wider than its screen")
    assert seen == len(State) * len(LANGUAGES) * 2
