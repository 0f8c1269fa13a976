"""`link-requests-v1`: a filer's confirmed wish to link two accounts, or a court's order to end a link.

The value holds all that the linker decides from and all that the letters say. Its exact bytes are under the proof.
"""

from enum import StrEnum
from typing import Self
from uuid import UUID

from pydantic import AwareDatetime, model_validator

from services.contract.fields import CourtId, Event, Label, Login, MailAddress, PacerAccount, PersonName, Sentence


class RequestKind(StrEnum):
    """What is asked for. The words stand in the filer's e-mail as they are here."""

    LINK = "Link"
    UNLINK = "Unlink"


class LinkRequested(Event):
    """One request. `verified_at` and `confirmed_at` are both times of auth: when the CM/ECF password was proven (or the
    court's officer signed in), and when the filer (or officer) confirmed. `court_live_at` is the go-live instant that
    auth used, null where none is set. `cmecf_canonical` is the login as this court compares it.
    """

    request_id: UUID
    request: RequestKind
    court_id: CourtId
    court_live_at: AwareDatetime | None = None
    pacer_account: PacerAccount
    pacer_name: PersonName
    pacer_email: MailAddress
    pacer_upgraded: bool
    cmecf_login: Login
    cmecf_canonical: Login
    cmecf_name: PersonName
    cmecf_email: MailAddress | None = None
    verifier_version: Label
    verified_at: AwareDatetime
    confirmed_at: AwareDatetime
    reason: Sentence | None = None
    ordered_by: PersonName | None = None

    @model_validator(mode="after")
    def _unlink_says_why(self) -> Self:
        if self.request is RequestKind.UNLINK and (self.reason is None or self.ordered_by is None):
            message = "an Unlink request names its reason and who ordered it"
            raise ValueError(message)
        return self
