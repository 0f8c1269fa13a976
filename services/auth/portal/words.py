"""The words that differ from court to court: its welcome, its menus, how the link is called, and who can help.

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


class Desk(NamedTuple):
    """A help desk. `hours` are in `zone` (an IANA name); what the registry does not know is empty. `site` never is."""

    name: str
    phone: str
    mail: str
    hours: str
    zone: str
    site: str


class Desks(NamedTuple):
    """The two desks; neither can mend what belongs to the other (domain notes, 0)."""

    court: Desk
    pacer: Desk


PACER_DESK: Final = Desk(
    name="PACER Service Center",
    phone="800-676-6856",
    mail="pacer@psc.uscourts.gov",
    hours="Mon-Fri 08:00-18:00",
    zone="America/Chicago",
    site="pacer.uscourts.gov",
)

FILING_MENUS: Final[dict[CourtType, tuple[MenuItem, ...]]] = {
    CourtType.BANKRUPTCY: (MenuItem("bankruptcy", "Bankruptcy"), MenuItem("adversary", "Adversary")),
    CourtType.DISTRICT: (MenuItem("civil", "Civil"), MenuItem("criminal", "Criminal")),
    CourtType.APPELLATE: (MenuItem("appeals", "Appeals"),),
    CourtType.BAP: (MenuItem("appeals", "Appeals"),),
    CourtType.NATIONAL: (MenuItem("civil", "Civil"),),
}
"""What the link adds."""

LINK: Final = "Link a CM/ECF account to my PACER account"
"""What the link is called at a trial court."""

APPELLATE_LINK: Final = "Link My Filer Account to My PACER Account"
"""What it is called on the landing page of a court of appeals."""

HINTS: Final = (
    "Before you start, log out of PACER, close the browser and open it again.",
    "If you have two PACER accounts, one of them exempt from fees, link the one that is not exempt.",
)
"""For everybody (4th Cir.; the first also at trial courts)."""

APPELLATE_HINT: Final = "If the login is refused, type it in lower case."

MENU_PATH: Final = (
    MenuItem("utilities", "Utilities"),
    MenuItem("utilities/nextgen", "NextGen Release 1.1 Menu Items"),
)
"""Where a trial court keeps the link. Courts name the second differently; Utah's bankruptcy court names it so."""

_APPELLATE: Final = {CourtType.APPELLATE, CourtType.BAP}

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


def desks(court: Court) -> Desks:
    """Return whom a filer of this court can call."""
    own = Desk(
        name=f"Help desk, {court_name(court)}",
        phone=court.help_desk_phone,
        mail=court.help_desk_email,
        hours=court.office_hours.replace(",", ", "),
        zone=court.timezone,
        site=court.ecf_host,
    )
    return Desks(own, PACER_DESK)


def resets_password(court: Court) -> Desk:
    """Return who resets a forgotten CM/ECF password: the court; of appellate logins, which were one for all circuits,
    the PACER Service Center (domain notes, 1.3).
    """
    both = desks(court)
    return both.pacer if court.type in _APPELLATE else both.court


def link_label(court: Court) -> str:
    """Return what the link is called at this court."""
    return APPELLATE_LINK if court.type in _APPELLATE else LINK


def landing_link(court: Court) -> str:
    """Return the label of the link on the landing page; empty at trial courts, which have it behind `menu_path`."""
    return APPELLATE_LINK if court.type in _APPELLATE else ""


def menu_path(court: Court) -> tuple[MenuItem, ...]:
    """Return the menus on the way to the link, the outermost first; none at a court of appeals' landing page."""
    return () if court.type in _APPELLATE else MENU_PATH


def way_to_link(court: Court) -> tuple[MenuItem, ...]:
    """Return what a filer chooses one after the other; the last is the link itself."""
    return (*menu_path(court), MenuItem("link", link_label(court)))


def hints(court: Court) -> tuple[str, ...]:
    """Return what to know before the CM/ECF login is asked for."""
    return (*HINTS, *login_hints(court))


def login_hints(court: Court) -> tuple[str, ...]:
    """Return what to know where the CM/ECF login is typed."""
    return (APPELLATE_HINT,) if court.type in _APPELLATE else ()
