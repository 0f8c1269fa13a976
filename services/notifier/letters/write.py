"""Which letters a transaction causes, each one written: the record to the filer, the notice to the account's owner."""

from collections.abc import Iterator
from html import escape
from typing import Final, Protocol

from services.contract.deliveries import LetterKind
from services.contract.reasons import EXPLANATIONS, comment_of
from services.contract.requests import RequestKind
from services.contract.transactions import LinkTransaction
from services.notifier.letters.facts import CourtFacts, central_time, court_time, masked
from services.notifier.letters.mail import Letter, ascii_domain, too_long
from services.notifier.letters.template import Template

_WHAT_HAPPENED: Final = {
    RequestKind.LINK: "Your CM/ECF account was linked to the PACER account named below."
    " From now on that PACER account files with it; its own login and password no longer do.",
    RequestKind.UNLINK: "By order of the court your CM/ECF account is no longer linked to the PACER account named"
    " below.",
}


class CourtsKnown(Protocol):
    """Whoever knows the courts."""

    def facts(self, court_id: str) -> CourtFacts: ...


class Writer:
    """Writes letters from compiled templates; made once per process."""

    def __init__(self, courts: CourtsKnown) -> None:
        self._courts = courts
        self._templates = {
            LetterKind.RECORD: (Template.load("record.txt"), Template.framed("record.html")),
            LetterKind.OWNER_NOTICE: (Template.load("notice.txt"), Template.framed("notice.html")),
        }

    def letters(self, transaction: LinkTransaction) -> Iterator[tuple[LetterKind, Letter]]:
        """Yield the letters of a transaction, the record first."""
        request = transaction.request
        court = self._courts.facts(request.court_id)
        values = _values(transaction, court)
        subject = f"NextGen CM/ECF account: {request.request} {transaction.status} ({request.court_id})"
        yield (
            LetterKind.RECORD,
            self._written(LetterKind.RECORD, (request.pacer_name, request.pacer_email, subject), values),
        )
        if request.cmecf_email is not None and _told_separately(transaction):
            subject = f"Your CM/ECF account: {request.request} {transaction.status} ({request.court_id})"
            about = values | {
                "what_happened": _WHAT_HAPPENED[request.request],
                "cmecf_name": request.cmecf_name,
                "cmecf_login": request.cmecf_login,
                "pacer_name": request.pacer_name,
                "masked_account": masked(request.pacer_account),
                "help_desk": court.help_desk,
            }
            yield (
                LetterKind.OWNER_NOTICE,
                self._written(LetterKind.OWNER_NOTICE, (request.cmecf_name, request.cmecf_email, subject), about),
            )

    def _written(self, kind: LetterKind, envelope: tuple[str, str, str], values: dict[str, str]) -> Letter:
        name, address, subject = envelope
        text, html = self._templates[kind]
        escaped = {key: escape(value, quote=True) for key, value in values.items()}
        return Letter(
            to_name=name,
            to_address=ascii_domain(address),
            subject=subject,
            text=text.fill(values),
            html=html.fill(escaped),
            long=too_long(*escaped.values()),
        )


def _told_separately(transaction: LinkTransaction) -> bool:
    """The owner's own address is told of a new link and of an unlink, where it is not the address told anyway."""
    request = transaction.request
    return (
        transaction.reason is None
        and request.cmecf_email is not None
        and request.cmecf_email.casefold() != request.pacer_email.casefold()
    )


def _values(transaction: LinkTransaction, court: CourtFacts) -> dict[str, str]:
    request, reason = transaction.request, transaction.reason
    return {
        "account": request.pacer_account,
        "court": court.title,
        "submitted": central_time(request.confirmed_at),
        "court_time": court_time(request.confirmed_at, court.zone),
        "transaction_id": str(transaction.transaction_id),
        "request": request.request.value,
        "status": transaction.status.value,
        "comment": comment_of(request.request, reason),
        "order_reason": request.reason or "",
        "ordered_by": request.ordered_by or "",
        "next_step": EXPLANATIONS[reason].next_step if reason is not None else "",
        "help_desk": court.help_desk if reason is not None else "",
    }
