"""Instants as a filer reads them: in a record Central time as in PACER's mails, beside it the court's where it differs;
elsewhere the court's alone, by which its deadlines count.
"""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import get_timezone, get_timezone_name

_CENTRAL: Final = ZoneInfo("America/Chicago")
# The library has only the names of the places for these two, which keep Eastern Time.
_NAMED_AS: Final = {
    "America/Indiana/Indianapolis": "America/New_York",
    "America/Kentucky/Louisville": "America/New_York",
}


def central(moment: datetime) -> str:
    """Return `11/01/2026 10:40:36 CST`, with CDT in summer (domain notes, 4)."""
    return _stamp(moment, _CENTRAL)


def court_local(moment: datetime, timezone: str) -> str | None:
    """Return the same in a court's zone; None where its clock shows what Central time shows."""
    zone = ZoneInfo(timezone)
    if moment.astimezone(zone).utcoffset() == moment.astimezone(_CENTRAL).utcoffset():
        return None
    return _stamp(moment, zone)


def at_court(moment: datetime, timezone: str) -> str:
    """Return `11/01/2026 09:40:36 MST`, by the clock of a court."""
    return _stamp(moment, ZoneInfo(timezone))


def in_words(moment: datetime, timezone: str) -> str:
    """Return `Monday, November 30, 2026 at 8:00 a.m. MST`, in a court's zone, for a date that is announced."""
    local = moment.astimezone(ZoneInfo(timezone))
    half = "a.m." if local.hour < 12 else "p.m."  # noqa: PLR2004 - noon
    hour = local.hour % 12 or 12
    return f"{local:%A, %B} {local.day}, {local.year} at {hour}:{local:%M} {half} {local:%Z}"


def zone_in_words(timezone: str, language: str = "en") -> str:
    """Return `Mountain Time`, for the hours of a help desk and beside an instant that is announced."""
    zone = get_timezone(_NAMED_AS.get(timezone, timezone))
    return get_timezone_name(zone, width="long", zone_variant="generic", locale=language)


def _stamp(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%m/%d/%Y %H:%M:%S %Z}"
