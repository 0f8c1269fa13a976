"""`courts-v1` (compacted): what is known of a court, and since when it is live on NextGen CM/ECF."""

from enum import StrEnum

from pydantic import AwareDatetime

from services.contract.fields import CourtId, Event, Label


class CourtType(StrEnum):
    """The kinds of court in the registry; they differ in menus and in how a CM/ECF login is compared."""

    BANKRUPTCY = "bankruptcy"
    DISTRICT = "district"
    APPELLATE = "appellate"
    BAP = "bap"
    NATIONAL = "national"


class Court(Event):
    """One court of the registry. `live_at` is null until the court's go-live is set; it may lie in the future.

    `timezone` is an IANA zone name; telephone, mail and hours are the help desk's, empty where the feed has none.
    """

    court_id: CourtId
    title: Label
    type: CourtType
    district_name: Label
    ecf_host: Label
    timezone: Label
    help_desk_phone: str = ""
    help_desk_email: str = ""
    office_hours: str = ""
    live_at: AwareDatetime | None = None


def canonical_login(login: str, court_type: CourtType) -> str:
    """Return a CM/ECF login as the court compares it: case does not count at appellate courts (domain notes, 1.3)."""
    return login.casefold() if court_type in {CourtType.APPELLATE, CourtType.BAP} else login
