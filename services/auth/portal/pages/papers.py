"""The receipt of a recorded request to take away: its facts, and the same as text. `drawing` makes a PDF of them.

The facts are the page's, in its order and in English: they are a record. No page, no session, no clock here.
"""

from datetime import datetime
from typing import NamedTuple

from services.auth.portal import moments
from services.auth.portal.words import court_name
from services.contract.courts import Court
from services.contract.reasons import EXPLANATIONS, comment_of
from services.contract.requests import RequestKind
from services.contract.transactions import LinkTransaction, TransactionStatus


class Paper(NamedTuple):
    """What a receipt says: its title, where it is from, the facts by name, what to do next, and when it was made."""

    title: str
    court: str
    facts: tuple[tuple[str, str], ...]
    next_step: str
    at: datetime


def paper_of(transaction: LinkTransaction, court: Court) -> Paper:
    """Return what the receipt of a transaction says."""
    request = transaction.request
    local = moments.court_local(request.confirmed_at, court.timezone)
    facts = [
        ("Account Number", request.pacer_account),
        ("Court", court.title.upper()),
        ("Date/Time Submitted", moments.central(request.confirmed_at)),
        *([("Court local time", local)] if local else []),
        ("Transaction ID", str(transaction.transaction_id)),
        ("Request", request.request.value),
        ("Transaction Status", transaction.status.value),
        ("Comment", comment_of(request.request, transaction.reason)),
        ("PACER", request.pacer_name),
        ("CM/ECF", f"{request.cmecf_name} (login {request.cmecf_login})"),
        *([("Link that stands", f"transaction {transaction.cites}")] if transaction.cites else []),
    ]
    next_step = EXPLANATIONS[transaction.reason].next_step if transaction.reason else ""
    return Paper(_title(transaction), court_name(court), tuple(facts), next_step, request.confirmed_at)


def as_text(paper: Paper) -> bytes:
    """Return the receipt as UTF-8 text, one fact a line."""
    lines = [paper.title, paper.court, "", *(f"{name}: {value}" for name, value in paper.facts)]
    lines += ["", f"What to do next: {paper.next_step}"] if paper.next_step else []
    return ("\r\n".join(lines) + "\r\n").encode()


def _title(transaction: LinkTransaction) -> str:
    if transaction.request.request is RequestKind.UNLINK:
        return "Your accounts were unlinked by order of the court"
    if transaction.status is not TransactionStatus.PROCESSED:
        return "Your accounts were not linked"
    return "Your accounts were already linked" if transaction.reason else "Your accounts are linked"
