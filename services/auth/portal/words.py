"""The words that differ from court to court: its welcome, the names of its filing system and of its filing menus.

From the registry alone; sources in the domain notes, 1.1, 1.3 and 1.6.
"""

from typing import Final, NamedTuple

from services.contract.courts import Court, CourtType


class MenuItem(NamedTuple):
    """One word of the menu bar and the last part of its address."""

    slug: str
    label: str


OPEN_MENUS: Final = (
    MenuItem("query", "Query"),
    MenuItem("reports", "Reports"),
    MenuItem("utilities", "Utilities"),
)
"""What a signed-in filer has before the link."""

FILING_MENUS: Final[dict[CourtType, tuple[MenuItem, ...]]] = {
    CourtType.BANKRUPTCY: (MenuItem("bankruptcy", "Bankruptcy"), MenuItem("adversary", "Adversary")),
    CourtType.DISTRICT: (MenuItem("civil", "Civil"), MenuItem("criminal", "Criminal")),
    CourtType.APPELLATE: (MenuItem("appeals", "Appeals"),),
    CourtType.BAP: (MenuItem("appeals", "Appeals"),),
    CourtType.NATIONAL: (MenuItem("civil", "Civil"),),
}
"""What the link adds."""

FILING_SLUGS: Final = tuple(sorted({item.slug for items in FILING_MENUS.values() for item in items}))


def court_name(court: Court) -> str:
    """Return a court's full name, to stand after "the": `U.S. Bankruptcy Court for the District of Utah`."""
    place = court.district_name
    match court.type:
        case CourtType.BANKRUPTCY:
            return f"U.S. Bankruptcy Court for the {place}"
        case CourtType.DISTRICT:
            return f"U.S. District Court for the {place}"
        case CourtType.APPELLATE:
            return f"U.S. Court of Appeals for the {place}"
        case CourtType.BAP:
            return f"U.S. Bankruptcy Appellate Panel of the {place.removesuffix(' BAP')}"
        case CourtType.NATIONAL:
            return court.title.replace(" On ", " on ")


def filing_system(court: Court) -> str:
    """Return the name of the link on the landing page: `District of Utah - Document Filing System`."""
    return f"{court.district_name} - Document Filing System"


def public_site(court: Court) -> str:
    """Return the host of the court's own site, which its filing host is named after: `www.utb.uscourts.gov`."""
    return "www." + court.ecf_host.removeprefix("ecf.")
