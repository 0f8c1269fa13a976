"""Every court of the registry, page by page: how the link is called, the way to it, and who resets a password."""

from collections.abc import Iterator

import httpx
import pytest

from services.auth.portal import words
from services.auth.portal.app import portal
from services.auth.portal.moments import zone_in_words
from services.auth.portal.pages.help import slug_of
from services.auth.portal.states import TELLINGS, Helps, State
from services.contract.courts import Court, CourtType
from services.ops.demo.browser import Browser
from services.ops.registry import packaged
from tests.unit.portal.conftest import InProcess, Settings
from tests.unit.portal.inside import NOW, PASSWORD, USERNAME, Inside, Registry

LIVE = tuple(court.model_copy(update={"live_at": NOW}) for court in packaged().values())
APPELLATE = tuple(court for court in LIVE if court.type in {CourtType.APPELLATE, CourtType.BAP})
TRIAL_LINK = "Link a CM/ECF account to my PACER account"
APPELLATE_LINK = "Link My Filer Account to My PACER Account"
EACH_TYPE = {court.type: court for court in LIVE}.values()
each_court = pytest.mark.parametrize(
    "court",
    [court if court in EACH_TYPE else pytest.param(court, marks=pytest.mark.thorough) for court in LIVE],
    ids=[court.court_id for court in LIVE],
)


@pytest.fixture(scope="module")
def filer() -> Iterator[Browser]:
    """A filer who is signed in, at a deployment for the whole registry."""
    inside, shown = Inside(), Settings(demo=True)
    app = portal(inside, inside, Registry(LIVE), shown, now=lambda: NOW)
    with httpx.Client(transport=InProcess(app, raising=True), base_url=shown.public_url, follow_redirects=True) as http:
        browser = Browser(http, "/UTBK/sign-in")
        browser.submit("Login", {"username": USERNAME, "password": PASSWORD})
        yield browser


def link_at(court: Court) -> str:
    return APPELLATE_LINK if court in APPELLATE else TRIAL_LINK


@each_court
def test_link_pages_are_headed_as_the_court_calls_the_link(filer: Browser, court: Court) -> None:
    filer.open(f"/{court.court_id}/link")
    who = filer.page.headings[0]
    filer.submit("Continue", tick="own_account")
    assert {who, filer.page.headings[0]} == {link_at(court)}


@each_court
def test_menu_page_shows_the_way_to_the_link(filer: Browser, court: Court) -> None:
    way = APPELLATE_LINK if court in APPELLATE else f"Utilities, then NextGen Release 1.1 Menu Items, then {TRIAL_LINK}"
    filer.open(f"/{court.court_id}/menu")
    filer.expect(f"Choose: {way}")


@each_court
def test_way_that_is_shown_can_be_walked(filer: Browser, court: Court) -> None:
    filer.open(f"/{court.court_id}/menu")
    for step in words.way_to_link(court):
        filer.follow(step.label)
    assert filer.address.endswith(f"/{court.court_id}/link")


@each_court
def test_utilities_lead_to_the_link_everywhere(filer: Browser, court: Court) -> None:
    filer.open(f"/{court.court_id}/utilities")
    filer.follow(APPELLATE_LINK if court in APPELLATE else "NextGen Release 1.1 Menu Items")
    assert filer.address.endswith("/link" if court in APPELLATE else "/utilities/nextgen")


@each_court
def test_forgotten_password_leads_to_the_desk_that_resets_it(filer: Browser, court: Court) -> None:
    desk = words.PACER_DESK if court in APPELLATE else words.desks(court).court
    filer.open(f"/{court.court_id}/link")
    filer.submit("Continue", tick="own_account")
    filer.expect(f"Only this desk can reset them: {desk.name}", desk.phone)
    assert (words.APPELLATE_HINT in filer.page.text) == (court in APPELLATE)


@each_court
def test_go_live_names_the_zone_in_words(filer: Browser, court: Court) -> None:
    filer.open(f"/{court.court_id}/ecf")
    filer.expect(f"({zone_in_words(court.timezone)})")


@pytest.mark.parametrize("court", APPELLATE, ids=lambda court: court.court_id)
@pytest.mark.parametrize("which", [each for each in State if TELLINGS[each].helps is Helps.RESETS])
def test_appellate_filers_are_sent_to_pacer_for_a_new_password(filer: Browser, court: Court, which: State) -> None:
    filer.open(f"/{court.court_id}/help/{slug_of(which)}")
    filer.expect("PACER Service Center", words.PACER_DESK.phone)


def test_court_of_appeals_has_no_nextgen_menu(filer: Browser) -> None:
    filer.open("/10CA/utilities/nextgen")
    assert filer.status == 404
