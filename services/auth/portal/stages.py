"""Where a session must go first: the stages between a right password and a court's pages, and when to prove again."""

from datetime import datetime, timedelta

from services.auth.portal.ports import Session, Stage
from services.contract.courts import Court

CHALLENGE = "second-factor"
OFFER = "second-factor/offer"
REDACTION = "redaction"
PROVE_AGAIN = "prove-again"


def next_stop(session: Session, court: Court) -> str | None:  # noqa: ARG001 - courts may differ in what they ask
    """Return the page of the court that comes before any other (without slash), None when all is open."""
    match session.stage:
        case Stage.FACTOR_DUE:
            return CHALLENGE
        case Stage.ENROL_OFFERED | Stage.RESTRICTED:
            return OFFER
        case Stage.FULL:
            return None if session.redaction_acknowledged else REDACTION


def proof_due(session: Session, now: datetime, after_s: float) -> bool:
    """Say whether the password was given too long ago for what comes next: then send the filer to `prove-again`."""
    return now - (session.proved_at or session.signed_in_at) > timedelta(seconds=after_s)
