"""What a clean ledger must show after a scenario was played to its end: rows by status and reason. Pure.

The counts do not hang on the order between partitions, as no two requests of different keys want more than one thing.
"""

from pydantic import BaseModel, ConfigDict

from services.contract.transactions import Reason, TransactionStatus
from services.replay.scenarios.counts import Counts

NOTE = "expected"
"""The manifest's note with an `Expected` as JSON."""


class Expected(BaseModel):
    """`outcomes` counts rows by `status` or `status reason`; `copies` are records that make no row."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ledger_rows: int
    copies: int
    outcomes: dict[str, int]


def outcome_name(status: TransactionStatus, reason: Reason | None) -> str:
    """Return how an outcome is counted."""
    return status.value if reason is None else f"{status.value} {reason.value}"


def expected_of(counts: Counts, copies: int) -> Expected:
    """Return what a scenario of these counts and copies leads to."""
    processed, rejected = TransactionStatus.PROCESSED, TransactionStatus.REJECTED
    found = {
        outcome_name(processed, None): counts.linked,
        outcome_name(processed, Reason.ALREADY_LINKED): counts.already_linked,
        outcome_name(rejected, Reason.PACER_LEGACY): counts.not_upgraded,
        outcome_name(rejected, Reason.CMECF_ALREADY_LINKED): counts.login_taken,
        outcome_name(rejected, Reason.PACER_ALREADY_LINKED): counts.second_login,
        outcome_name(rejected, Reason.COURT_NOT_LIVE): counts.court_not_live,
        outcome_name(rejected, Reason.PROOF_EXPIRED): counts.late,
    }
    outcomes = {name: count for name, count in found.items() if count}
    return Expected(ledger_rows=sum(counts), copies=copies, outcomes=outcomes)
