"""The seed's people as a transaction, and a writer that knows their court."""

import email
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from typing import Any
from uuid import UUID

from services.contract.courts import Court, CourtType
from services.contract.deliveries import LetterKind
from services.contract.ids import delivery_id
from services.contract.requests import LinkRequested, RequestKind
from services.contract.transactions import LinkTransaction, TransactionStatus
from services.notifier.letters.facts import CourtFacts, facts_of, unknown_court
from services.notifier.letters.mail import Sender, mail
from services.notifier.letters.write import Writer

SENDER = Sender.of("Court", "noreply@court.example")
UTAH = Court(
    court_id="UTBK",
    title="Utah Bankruptcy Court",
    type=CourtType.BANKRUPTCY,
    district_name="Utah",
    ecf_host="ecf.utb.uscourts.gov",
    timezone="America/Denver",
    help_desk_phone="801-524-6576",
    office_hours="Mon-Fri 8:00-16:30",
)


class OneCourt:
    """Knows the seed's court alone."""

    def facts(self, court_id: str) -> CourtFacts:
        return facts_of(UTAH) if court_id == UTAH.court_id else unknown_court(court_id)


def transaction(
    *, status: str = "Processed", reason: str | None = None, order: str | None = None, **changes: object
) -> LinkTransaction:
    """Return the seed's transaction, with other facts in its request; `order` is the reason of an unlink."""
    facts: dict[str, Any] = {
        "request_id": UUID(int=1),
        "request": RequestKind.LINK,
        "court_id": "UTBK",
        "pacer_account": "111111",
        "pacer_name": "Alex Attorney",
        "pacer_email": "alex.attorney@example.org",
        "pacer_upgraded": True,
        "cmecf_login": "atyalex",
        "cmecf_canonical": "atyalex",
        "cmecf_name": "Aty Alex",
        "verifier_version": "own:1",
        "verified_at": datetime(2026, 11, 1, 16, 40, 30, tzinfo=UTC),
        "confirmed_at": datetime(2026, 11, 1, 16, 40, 36, tzinfo=UTC),
    }
    request = LinkRequested(**(facts | changes | {"reason": order}))
    return LinkTransaction.model_validate(
        {"transaction_id": 10_005, "seq": 5, "status": TransactionStatus(status), "reason": reason, "request": request}
    )


def mails(made: LinkTransaction) -> dict[LetterKind, bytes]:
    """Return the bytes of each letter of a transaction."""
    return {
        kind: mail(letter, SENDER, delivery_id(made.transaction_id, kind), made.request.confirmed_at).content
        for kind, letter in Writer(OneCourt()).letters(made)
    }


def record(made: LinkTransaction) -> EmailMessage:
    """Return the record of a transaction as a mail program reads it."""
    return parsed(mails(made)[LetterKind.RECORD])


def parsed(content: bytes) -> EmailMessage:
    """Return a mail as the e-mail package reads it."""
    found = email.message_from_bytes(content, policy=policy.default)
    assert isinstance(found, EmailMessage)
    return found


def text(message: EmailMessage, kind: str = "plain") -> str:
    """Return the text or the HTML of a mail."""
    body = message.get_body((kind,))
    assert isinstance(body, EmailMessage)
    return str(body.get_content()).replace("\r\n", "\n")
