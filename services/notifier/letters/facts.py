"""The facts of a transaction as the letters print them: times, masked account, whom to call."""

from datetime import datetime
from functools import lru_cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from services.contract.courts import Court, CourtType

# The account mails are PACER's, which lives in Central time (domain notes, 4).
CENTRAL: Final = "America/Chicago"
_SHOWN_DIGITS: Final = 3
_FORMAT: Final = "%m/%d/%Y %H:%M:%S %Z"


class CourtFacts(NamedTuple):
    """What the letters say of a court, ready to print."""

    title: str
    zone: str
    help_desk: str
    appellate: bool = False


def facts_of(court: Court) -> CourtFacts:
    """Return a court's facts. A zone that this machine does not know is left out rather than guessed."""
    ways = (court.help_desk_phone, court.help_desk_email, court.office_hours)
    return CourtFacts(
        title=court.title.upper(),
        zone=court.timezone if _zone(court.timezone) is not None else CENTRAL,
        help_desk=", ".join(way for way in ways if way) or f"see https://{court.ecf_host}",
        appellate=court.type in {CourtType.APPELLATE, CourtType.BAP},
    )


def unknown_court(court_id: str) -> CourtFacts:
    """Return what can be said of a court that the registry does not have."""
    return CourtFacts(court_id, CENTRAL, "see the web site of the court")


def central_time(moment: datetime) -> str:
    """Return a time as PACER's mails print it: `11/01/2026 10:40:36 CST`."""
    zone = _zone(CENTRAL)
    assert zone is not None, "this machine has no time zones"
    return moment.astimezone(zone).strftime(_FORMAT)


def court_time(moment: datetime, zone_name: str) -> str:
    """Return the same instant on the court's clock; empty where that clock shows Central time then."""
    central, local = _zone(CENTRAL), _zone(zone_name)
    if zone_name == CENTRAL or central is None or local is None:
        return ""
    there = moment.astimezone(local)
    return "" if there.utcoffset() == moment.astimezone(central).utcoffset() else there.strftime(_FORMAT)


def masked(account: str) -> str:
    """Return an account number with all but its last digits hidden."""
    return "*" * (len(account) - _SHOWN_DIGITS) + account[-_SHOWN_DIGITS:]


@lru_cache(maxsize=256)
def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
