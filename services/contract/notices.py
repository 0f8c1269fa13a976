"""`filer-notices-v1`: what a filer is told by mail without a transaction: a court's go-live, and security mails.

A one-time code travels encrypted to the notifier's key (see `noticekeys`); nothing else here is a secret.
"""

from enum import StrEnum
from typing import Annotated, Final, Self
from uuid import UUID, uuid5

from pydantic import AwareDatetime, StringConstraints, model_validator

from services.contract.fields import CourtId, Event, Label, Login, MailAddress, PacerAccount, PersonName

_ANNOUNCEMENTS: Final = UUID("0b0a7c35-7a0f-5e9e-8f0e-6563666c6e6b")  # a namespace of our own, for ever
SEALED_CODE_PATTERN: Final = r"^[A-Za-z0-9._-]{1,32}:[A-Za-z0-9+/]{40,400}={0,2}$"


class NoticeKind(StrEnum):
    """What the notice is about."""

    COURT_LIVE = "court-live"
    SECURITY_CODE = "security-code"
    FACTOR_CHANGED = "factor-changed"
    PASSWORD_CHANGED = "password-changed"  # noqa: S105 - the name of a notice


class FactorKind(StrEnum):
    """The kinds of second factor."""

    TOTP = "totp"
    PASSKEY = "passkey"
    BACKUP_CODES = "backup-codes"


class FactorChange(StrEnum):
    """What became of a factor. `refused`: a passkey answered with a counter that stood still, as a copy of it would."""

    ADDED = "added"
    REMOVED = "removed"
    MADE_ANEW = "made-anew"
    USED_UP = "used-up"
    REFUSED = "refused"


_DEMANDED: Final = {
    NoticeKind.COURT_LIVE: ("court_id", "cmecf_login", "live_at"),
    NoticeKind.SECURITY_CODE: ("pacer_account", "sealed_code", "expires_at"),
    NoticeKind.FACTOR_CHANGED: ("pacer_account", "factor", "change"),
    NoticeKind.PASSWORD_CHANGED: ("pacer_account",),
}


class FilerNotified(Event):
    """One notice to one filer. Which of the optional fields must be there depends on its kind.

    `noted_at` is when the thing happened. `sealed_code` is `<key id>:<base64>` of HPKE (RFC 9180; DHKEM X25519 with
    HKDF-SHA256, HKDF-SHA256, AES-128-GCM; info `ecflink notice code:` and the 16 bytes of the notice id).
    """

    notice_id: UUID
    kind: NoticeKind
    recipient_name: PersonName
    recipient_email: MailAddress
    noted_at: AwareDatetime
    pacer_account: PacerAccount | None = None
    court_id: CourtId | None = None
    cmecf_login: Login | None = None
    live_at: AwareDatetime | None = None
    old_way_until: AwareDatetime | None = None
    factor: FactorKind | None = None
    change: FactorChange | None = None
    factor_label: Label | None = None
    sealed_code: Annotated[str, StringConstraints(pattern=SEALED_CODE_PATTERN)] | None = None
    expires_at: AwareDatetime | None = None

    @model_validator(mode="after")
    def _holds_what_its_kind_needs(self) -> Self:
        missing = [name for name in _DEMANDED[self.kind] if getattr(self, name) is None]
        if missing:
            raise ValueError(f"a notice of kind {self.kind.value} needs {', '.join(missing)}")
        if self.sealed_code is not None and self.kind is not NoticeKind.SECURITY_CODE:
            raise ValueError(f"a notice of kind {self.kind.value} has no code")
        return self


def notice_key(notice: FilerNotified) -> bytes:
    """Return the record's key: the PACER account number, or before the link `court:CM/ECF login`."""
    if notice.pacer_account is not None:
        return notice.pacer_account.encode()
    return f"{notice.court_id}:{notice.cmecf_login}".encode()


def announcement_id(court_id: str, cmecf_canonical: str) -> UUID:
    """Return the id of a filer's go-live notice: one per court and CM/ECF account, however often it is made."""
    return uuid5(_ANNOUNCEMENTS, f"{court_id}:{cmecf_canonical}")
