"""Notices of each kind, as records and as mails: an office that knows the seed's court and holds two keys."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any
from uuid import UUID

from services.contract.envelope import Source, envelope
from services.contract.ids import notice_delivery_id, partition_of
from services.contract.noticekeys import NoticeKeys, code_info
from services.contract.notices import FactorChange, FactorKind, FilerNotified, NoticeKind, notice_key
from services.contract.topics import FILER_NOTICES
from services.notifier.letters.mail import mail
from services.notifier.letters.notices import NoticeWriter
from services.notifier.notices import NoticeOffice
from services.notifier.seals import Seals
from tests.unit.notifier.writing import SENDER, OneCourt, parsed

MOMENT = datetime(2026, 11, 30, 14, 0, tzinfo=UTC)
EXPIRES = datetime(2026, 11, 30, 14, 10, tzinfo=UTC)
CODE = "40725518"
KEYS = NoticeKeys.parse(f"new:{'0a' * 32}\nold:{'0b' * 32}")
SEALS = Seals(KEYS, lambda: MOMENT)
OFFICE = NoticeOffice(NoticeWriter(OneCourt(), "https://ecf.court.example"), SENDER, SEALS)
PARTITION_COUNT = 3
_OF_KIND: dict[NoticeKind, dict[str, Any]] = {
    NoticeKind.COURT_LIVE: {"court_id": "UTBK", "cmecf_login": "atyalex", "live_at": MOMENT},
    NoticeKind.SECURITY_CODE: {"pacer_account": "1234567", "court_id": "UTBK", "expires_at": EXPIRES},
    NoticeKind.FACTOR_CHANGED: {
        "pacer_account": "1234567",
        "factor": FactorKind.TOTP,
        "change": FactorChange.ADDED,
        "factor_label": "Telephone <b>",
    },
    NoticeKind.PASSWORD_CHANGED: {"pacer_account": "1234567"},
}


def notice(kind: NoticeKind, *, number: int = 1, **changes: object) -> FilerNotified:
    """Return a notice of a kind, with other facts."""
    notice_id = UUID(int=number)
    facts: dict[str, Any] = {
        "notice_id": notice_id,
        "kind": kind,
        "recipient_name": "Alex Attorney",
        "recipient_email": "alex.attorney@example.org",
        "noted_at": MOMENT,
    }
    if kind is NoticeKind.SECURITY_CODE:
        facts["sealed_code"] = KEYS.current.seal(CODE.encode(), code_info(notice_id))
    return FilerNotified(**(facts | _OF_KIND[kind] | changes))


def written(made: FilerNotified) -> EmailMessage:
    """Return the mail of a notice as a mail program reads it."""
    letter = OFFICE.writer.letter(made, code=SEALS.code(made))
    return parsed(mail(letter, SENDER, notice_delivery_id(made.notice_id), made.noted_at).content)


@dataclass
class Arrived:
    """A record as Kafka gives it."""

    value: bytes | None
    key: bytes | None
    partition: int
    offset: int = 0
    headers: tuple[tuple[str, bytes | None], ...] = field(default_factory=tuple)
    topic: str = "filer-notices-v1"
    timestamp: int = 0


def arrived(made: FilerNotified, **changes: object) -> Arrived:
    """Return a notice as auth publishes it."""
    about = envelope(
        ce_id=str(made.notice_id), ce_type=FILER_NOTICES.event_type, source=Source.AUTH, time=made.noted_at
    )
    key = notice_key(made)
    facts: dict[str, Any] = {
        "value": made.encode(),
        "key": key,
        "partition": partition_of(key, PARTITION_COUNT),
        "headers": tuple(about),
    }
    return Arrived(**(facts | changes))
