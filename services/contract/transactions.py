"""`link-transactions-v1`: what became of each request, with the request's own bytes inside.

The linker writes it from its ledger; the notifier writes letters from it and auth shows it. A refusal is a
transaction too.
"""

from enum import StrEnum

from services.contract.fields import Event, Positive
from services.contract.requests import LinkRequested


class TransactionStatus(StrEnum):
    """The words of the filer's e-mail. Only `Processed` is attested by the sample; `Rejected` is ours."""

    PROCESSED = "Processed"
    REJECTED = "Rejected"


class Reason(StrEnum):
    """Why a transaction changed nothing. Closed: a new reason is a new member here and a sentence in `reasons.py`."""

    ALREADY_LINKED = "ALREADY_LINKED"
    COURT_NOT_LIVE = "COURT_NOT_LIVE"
    PACER_LEGACY = "PACER_LEGACY"
    PACER_ALREADY_LINKED = "PACER_ALREADY_LINKED"
    CMECF_ALREADY_LINKED = "CMECF_ALREADY_LINKED"
    PROOF_EXPIRED = "PROOF_EXPIRED"
    NOT_LINKED = "NOT_LINKED"


class LinkTransaction(Event):
    """One row of the ledger. `seq` is dense per partition from 1. `cites` is the transaction that made the link which a
    refusal, an "already linked" or an unlink is about; null for a new link.
    """

    transaction_id: Positive
    seq: Positive
    status: TransactionStatus
    reason: Reason | None = None
    cites: Positive | None = None
    request: LinkRequested
