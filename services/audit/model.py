"""The naive model of linking, written for the audit alone from the domain's rules: one request at a time, in memory.

It must stay independent of the linker's own decision, or both would be wrong together.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

# Domain notes 1.2: a password proven more than ten minutes before the confirmation proves nothing.
_PROVEN_FOR: Final = timedelta(minutes=10)


class Decision(NamedTuple):
    """What a request becomes: the words of the transaction's fields."""

    status: str
    reason: str | None = None
    cites: int | None = None


class Request(NamedTuple):
    """What the model needs to know of a request. `refusal` is `refused(...)` of it."""

    unlink: bool
    court_id: str
    pacer_account: str
    cmecf_canonical: str
    refusal: str | None


def refused(facts: Mapping[str, Any]) -> str | None:
    """Return why a request's own facts (the parsed value) forbid it whatever is linked, or None.

    Raises KeyError, TypeError or ValueError where the facts are not a request's.
    """
    verified, confirmed = _instant(facts["verified_at"]), _instant(facts["confirmed_at"])
    if confirmed < verified or confirmed - verified > _PROVEN_FOR:
        return "PROOF_EXPIRED"
    if facts["request"] == "Unlink":
        return None
    live_at = facts.get("court_live_at")
    if live_at is None or _instant(live_at) > confirmed:
        return "COURT_NOT_LIVE"
    return None if facts["pacer_upgraded"] is True else "PACER_LEGACY"


class Model:
    """The links as they stand after the requests seen so far: one entry per active link and account."""

    def __init__(self) -> None:
        # One text for each account, which takes half of what a pair of texts does; no court's id has a colon.
        self._of_pacer: dict[str, int] = {}
        self._of_cmecf: dict[str, int] = {}

    def decision(self, request: Request) -> Decision:
        """Return what a request becomes now. A new link cites nothing."""
        if request.refusal is not None:
            return Decision("Rejected", request.refusal)
        mine = self._of_pacer.get(_account(request.court_id, request.pacer_account))
        theirs = self._of_cmecf.get(_account(request.court_id, request.cmecf_canonical))
        if request.unlink:
            linked = mine is not None and mine == theirs
            return Decision("Processed", None, mine) if linked else Decision("Rejected", "NOT_LINKED")
        if mine is not None:
            return (
                Decision("Processed", "ALREADY_LINKED", mine)
                if mine == theirs
                else Decision("Rejected", "PACER_ALREADY_LINKED", mine)
            )
        return Decision("Rejected", "CMECF_ALREADY_LINKED", theirs) if theirs is not None else Decision("Processed")

    def holder(self, request: Request) -> int | None:
        """Return the transaction whose link has the request's CM/ECF account now."""
        return self._of_cmecf.get(_account(request.court_id, request.cmecf_canonical))

    def apply(self, request: Request, decision: Decision, number: int) -> None:
        """Take a decision over; `number` is its transaction id."""
        if decision.status != "Processed" or decision.reason is not None:
            return
        if request.unlink:
            self._of_pacer.pop(_account(request.court_id, request.pacer_account), None)
            self._of_cmecf.pop(_account(request.court_id, request.cmecf_canonical), None)
        else:
            self._of_pacer[_account(request.court_id, request.pacer_account)] = number
            self._of_cmecf[_account(request.court_id, request.cmecf_canonical)] = number


def _account(court_id: str, account: str) -> str:
    return f"{court_id}:{account}"


def _instant(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        message = "a time without a zone"
        raise ValueError(message)
    return moment
