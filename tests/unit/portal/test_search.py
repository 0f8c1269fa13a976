"""Finding a court among those of the whole registry, on the list of courts and on "My courts", without a script."""

from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest

from services.auth.portal.app import portal
from services.auth.portal.ports import Standing
from services.auth.portal.search import TYPED_LENGTH_MAX, matching, typed_in
from services.ops.demo.browser import Browser
from services.ops.registry import packaged
from tests.unit.portal.conftest import InProcess, Settings
from tests.unit.portal.inside import NOW, PASSWORD, USERNAME, Inside, Registry, transaction

NOT_LIVE = ("AKBK", "AKDC")
COURTS = tuple(
    court.model_copy(update={"live_at": NOW + timedelta(days=9 if court.court_id in NOT_LIVE else 0)})
    for court in packaged().values()
)


@pytest.fixture
def filer() -> Iterator[Browser]:
    """A filer who is signed in, and linked at Utah's bankruptcy court, where all courts but Alaska's are live."""
    inside = Inside(standing=[Standing("UTBK", transaction(), transaction(), None)])
    app = portal(inside, inside, Registry(COURTS), Settings(), now=lambda: NOW)
    with httpx.Client(
        transport=InProcess(app, raising=True), base_url=Settings().public_url, follow_redirects=True
    ) as http:
        browser = Browser(http, "/UTBK/sign-in")
        browser.submit("Login", {"username": USERNAME, "password": PASSWORD})
        yield browser


def leads_to(browser: Browser, ending: str = "") -> set[str]:
    """Return the ids of the courts that the page links to."""
    found = {link.address.removeprefix("/").removesuffix(ending) for link in browser.page.links}
    return found & {court.court_id for court in COURTS}


@pytest.mark.parametrize(
    "typed, found",
    [
        ("utah", {"UTBK", "UTDC"}),
        ("  UTAH   bankruptcy ", {"UTBK"}),
        ("new york southern", {"NYSBK", "NYSDC"}),
        ("U.S. Bankruptcy Court for the District of Utah", {"UTBK"}),
        ("10ca", {"10CA"}),
        ("bankruptcy appellate panel", {"01BAP", "09BAP", "10BAP"}),
        ("utopia", set()),
    ],
)
def test_each_word_is_looked_for_in_names_and_id(typed: str, found: set[str]) -> None:
    assert {court.court_id for court in matching(COURTS, typed)} == found


def test_nothing_typed_fits_every_court() -> None:
    assert matching(COURTS, typed_in({"find": "  "})) == list(COURTS)


def test_what_was_typed_is_bounded() -> None:
    assert len(typed_in({"find": "utah " * 1000})) == TYPED_LENGTH_MAX


def test_list_shows_the_courts_that_fit(filer: Browser) -> None:
    filer.open("/?find=utah")
    assert leads_to(filer) == {"UTBK", "UTDC"}
    filer.expect("2 courts fit utah.")
    filer.follow("Show all courts")
    assert len(leads_to(filer)) == len(COURTS)


def test_list_says_where_no_court_fits(filer: Browser) -> None:
    filer.open("/?find=utopia")
    filer.expect("No court fits utopia.")
    assert not leads_to(filer)


def test_my_courts_shows_the_standing_and_the_links_that_fit(filer: Browser) -> None:
    filer.open("/UTBK/my-courts?find=utah")
    filer.expect("2 courts fit utah.", "with the CM/ECF account atyalex")
    assert leads_to(filer, "/link") == {"UTDC"}
    filer.open("/UTBK/my-courts?find=nevada")
    assert "atyalex" not in filer.page.text
    assert leads_to(filer, "/link") == {"NVBK", "NVDC"}


def test_my_courts_leads_to_the_reason_where_linking_is_not_open(filer: Browser) -> None:
    filer.open("/UTBK/my-courts?find=alaska")
    assert "Courts where linking is not open yet" in filer.page.headings
    assert leads_to(filer, "/link") == set(NOT_LIVE)
    filer.open("/UTBK/my-courts")
    assert not leads_to(filer, "/link") & set(NOT_LIVE)


@pytest.mark.parametrize("path", ["/", "/UTBK/my-courts"])
def test_what_was_typed_stays_in_the_field_and_in_the_other_language(filer: Browser, path: str) -> None:
    filer.open(f"{path}?find=%3Cb%3E%22utah")
    assert [form.fields["find"] for form in filer.page.forms if form.method == "get"] == ['<b>"utah']
    filer.expect('No court fits <b>"utah.')
    filer.follow("Español")
    filer.expect('Ningún tribunal coincide con <b>"utah.')
