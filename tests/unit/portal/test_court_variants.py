"""Every court of the registry has its right words, its menus and a desk that can be reached."""

import re
from zoneinfo import ZoneInfo

import pytest

from services.auth.portal import words
from services.auth.portal.moments import zone_in_words
from services.contract.courts import Court, CourtType
from services.ops.registry import packaged

COURTS = list(packaged().values())
_WELCOME = {
    CourtType.BANKRUPTCY: "U.S. Bankruptcy Court for the ",
    CourtType.DISTRICT: "U.S. District Court for the ",
    CourtType.APPELLATE: "U.S. Court of Appeals for the ",
    CourtType.BAP: "U.S. Bankruptcy Appellate Panel of the ",
    CourtType.NATIONAL: "",
}
_MENUS = {
    CourtType.BANKRUPTCY: ["Bankruptcy", "Adversary"],
    CourtType.DISTRICT: ["Civil", "Criminal"],
    CourtType.APPELLATE: ["Appeals"],
    CourtType.BAP: ["Appeals"],
    CourtType.NATIONAL: ["Civil"],
}
each_court = pytest.mark.parametrize("court", COURTS, ids=lambda court: court.court_id)


def test_the_registry_is_whole() -> None:
    assert len(COURTS) == 208


@each_court
def test_names(court: Court) -> None:
    name = words.court_name(court)
    assert name.startswith(_WELCOME[court.type])
    assert len(name.removeprefix(_WELCOME[court.type])) > len("Circuit")
    assert words.filing_system(court) == f"{court.district_name} - Document Filing System"


@each_court
def test_no_two_courts_have_one_name(court: Court) -> None:
    assert [other for other in COURTS if words.court_name(other) == words.court_name(court)] == [court]


@each_court
def test_zone_is_known(court: Court) -> None:
    assert ZoneInfo(court.timezone).key == court.timezone
    assert re.fullmatch(r"[A-Z][A-Za-z-]+ Time", zone_in_words(court.timezone))


@each_court
def test_menus(court: Court) -> None:
    assert [item.label for item in words.FILING_MENUS[court.type]] == _MENUS[court.type]


@each_court
def test_a_desk_can_be_reached(court: Court) -> None:
    desk = words.desks(court).court
    assert words.court_name(court) in desk.name
    assert desk.phone or desk.mail or desk.site.endswith(".uscourts.gov")
    assert desk.zone == court.timezone


@each_court
def test_the_link_has_its_words(court: Court) -> None:
    if court.type in {CourtType.APPELLATE, CourtType.BAP}:
        assert words.link_label(court) == words.landing_link(court) == "Link My Filer Account to My PACER Account"
        assert words.menu_path(court) == ()
        assert any("lower case" in hint for hint in words.hints(court))
        assert words.resets_password(court) == words.PACER_DESK
    else:
        assert words.link_label(court) == "Link a CM/ECF account to my PACER account"
        assert words.landing_link(court) == ""
        assert [item.label for item in words.menu_path(court)] == ["Utilities", "NextGen Release 1.1 Menu Items"]
        assert words.resets_password(court) == words.desks(court).court


def test_the_bankruptcy_court_of_utah() -> None:
    utah = packaged()["UTBK"]
    assert words.court_name(utah) == "U.S. Bankruptcy Court for the District of Utah"
    assert words.desks(utah).court.phone == "801-524-6576"
    assert words.desks(utah).court.hours == "Mon-Fri 08:00-16:30"


def test_the_pacer_service_center() -> None:
    desk = words.desks(packaged()["UTBK"]).pacer
    assert (desk.phone, desk.mail) == ("800-676-6856", "pacer@psc.uscourts.gov")
    assert (desk.hours, zone_in_words(desk.zone)) == ("Mon-Fri 08:00-18:00", "Central Time")
