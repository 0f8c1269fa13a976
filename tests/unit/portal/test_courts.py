"""The words of each kind of court, on the pages before the sign-in, for every court of the registry."""

import csv
from collections.abc import Callable
from importlib.resources import files

import httpx
import pytest

from services.auth.portal.words import court_name, filing_system
from services.contract.courts import Court
from services.ops.demo.browser import Browser
from tests.unit.portal.inside import COURTS


@pytest.mark.parametrize(
    "court_id, name, system",
    [
        ("UTBK", "U.S. Bankruptcy Court for the District of Utah", "District of Utah"),
        ("UTDC", "U.S. District Court for the District of Utah", "District of Utah"),
        ("10CA", "U.S. Court of Appeals for the Tenth Circuit", "Tenth Circuit"),
        ("10BAP", "U.S. Bankruptcy Appellate Panel of the Tenth Circuit", "Tenth Circuit BAP"),
        ("CITDC", "U.S. Court of International Trade", "Court of International Trade"),
    ],
)
def test_court_is_welcomed_in_its_own_words(http: httpx.Client, court_id: str, name: str, system: str) -> None:
    browser = Browser(http, f"/{court_id}")
    browser.follow("E-Filing (CM/ECF)")
    assert f"Welcome to the {name}" in browser.page.headings
    browser.follow(f"{system} - Document Filing System")
    browser.expect("PACER LOGIN")


def test_every_court_of_the_registry_has_words() -> None:
    with files("services.ops").joinpath("courts.csv").open(encoding="utf-8") as registry:
        courts = [Court.model_validate(row) for row in csv.DictReader(registry)]
    assert len({court_name(court) for court in courts}) == len(courts) == 208
    assert all(filing_system(court).endswith(" - Document Filing System") for court in courts)


def test_list_leads_to_each_court(http: httpx.Client) -> None:
    browser = Browser(http, "/")
    assert {f"/{court.court_id}" for court in COURTS} <= {link.address for link in browser.page.links}


def test_landing_page_says_when_the_court_goes_live(http: httpx.Client) -> None:
    live = http.get("/UTBK/ecf").text
    assert "live with NextGen CM/ECF since Monday, November 23, 2026 at 10:00 a.m. MST" in live


def test_unknown_court_leads_to_the_list(http: httpx.Client) -> None:
    browser = Browser(http, "/XXBK/ecf")
    assert browser.status == 404
    browser.follow("List of courts")
    browser.expect("Choose your court")


def test_demonstration_is_announced_on_every_page(serve: Callable[..., httpx.Client]) -> None:
    for path in ("/", "/UTBK", "/UTBK/sign-in", "/nowhere/at/all"):
        assert "Demonstration system." in serve(demo=True).get(path).text
        assert "Demonstration system." not in serve().get(path).text
