"""What must come first where a CM/ECF account was linked more than once, on whatever partitions.

A link may end only after every row that cites it as standing; a link that never ends comes after all that did. Which of
two ended links came first is not written down: it is learned from the runs that got stuck.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from services.audit.model import Decision, Model, Request


class Row(NamedTuple):
    """One ledger row: its request, what became of it, and when the transaction that committed it began."""

    transaction_id: int
    request: Request
    decision: Decision
    committed_at: datetime

    @property
    def makes_a_link(self) -> bool:
        return self.decision.status == "Processed" and self.decision.reason is None and not self.request.unlink


class Ended(NamedTuple):
    """A link that an Unlink ended: its CM/ECF account, and how many rows beside the Unlink cite it."""

    transaction_id: int
    court_id: str
    cmecf_canonical: str
    citations: int


class Lifetimes:
    """The links that were ended, and how far a run has come with each."""

    def __init__(self, ended: Iterable[Ended]) -> None:
        self._ended = {link.transaction_id: link for link in ended}
        self._before: dict[int, set[int]] = {}
        self.restart()

    def restart(self) -> None:
        """Forget how far the run came; what was learned stays."""
        self._citations = {number: link.citations for number, link in self._ended.items()}
        self._over: set[int] = set()
        self._to_end: dict[tuple[str, str], int] = {}
        for link in self._ended.values():
            account = link.court_id, link.cmecf_canonical
            self._to_end[account] = self._to_end.get(account, 0) + 1

    def allow(self, row: Row) -> bool:
        """Say whether a row may come now, as far as lifetimes go."""
        if row.request.unlink:
            return row.decision.status != "Processed" or self._citations.get(row.decision.cites or 0, 0) == 0
        if not row.makes_a_link:
            return True
        if row.transaction_id in self._ended:
            return self._before.get(row.transaction_id, set()) <= self._over
        return self._to_end.get((row.request.court_id, row.request.cmecf_canonical), 0) == 0

    def passed(self, row: Row) -> None:
        """Note that a row has come."""
        cited = row.decision.cites
        if cited is None or cited not in self._ended:
            return
        if row.request.unlink:
            account = self._ended[cited].court_id, self._ended[cited].cmecf_canonical
            self._to_end[account] -= 1
            self._over.add(cited)
        else:
            self._citations[cited] -= 1

    def learn(self, heads: Iterable[Row], model: Model) -> bool:
        """Note which links must be over before those that a stuck run took up. False: there is nothing to learn."""
        learned = False
        for row in heads:
            holder = model.holder(row.request)
            wanted = row.transaction_id if row.makes_a_link else row.decision.cites
            if holder is None or wanted is None or wanted == holder or wanted in self._over:
                continue
            if {holder, wanted} <= self._ended.keys() and holder not in self._before.get(wanted, ()):
                learned |= wanted not in self._before.setdefault(holder, set())
                self._before[holder].add(wanted)
        return learned
