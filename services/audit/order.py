"""Searches for the order that the ledger's rows can have happened in: partition by partition, and after what they cite.

Running that order through the naive model gives each row's recorded outcome, or the row is told. Keeps one row per
partition, the model's links, and what `lifetimes` knows of links that were ended; never the ledger.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from typing import Final

from services.audit.lifetimes import Ended, Lifetimes, Row
from services.audit.lines import Tally, Violation
from services.audit.model import Model
from services.contract.ids import FIRST_TRANSACTION_ID, ledger_place

TRY_COUNT_MAX: Final = 50

Rows = Callable[[], Sequence[AsyncIterator[Row]]]


async def disagreements(rows: Rows, ended: Iterable[Ended]) -> tuple[Violation, ...]:
    """Return the rows whose outcome no order explains.

    `rows` opens the rows of partition 0, 1, … of the deployment, each by `seq`. They are read again, at most
    TRY_COUNT_MAX times, where a link that was ended turns out to have been taken up too early.
    """
    lifetimes = Lifetimes(ended)
    for _ in range(TRY_COUNT_MAX):
        replay = _Replay(rows(), lifetimes)
        if await replay.explains():
            return ()
        if not lifetimes.learn(replay.heads.values(), replay.model):
            break
        lifetimes.restart()
    lifetimes.restart()
    replay = _Replay(rows(), lifetimes)
    return Tally.violations([await replay.tell()])


class _Replay:
    """One run through the rows. `heads` are the next rows of the partitions that have any left."""

    def __init__(self, partitions: Sequence[AsyncIterator[Row]], lifetimes: Lifetimes) -> None:
        self.model = Model()
        self.heads: dict[int, Row] = {}
        self._partitions = partitions
        self._lifetimes = lifetimes

    async def explains(self) -> bool:
        """Run until nothing is left, or nothing can come next."""
        await self._begin()
        while self.heads:
            number = self._next()
            if number is None:
                return False
            await self._pass(number)
        return True

    async def tell(self) -> Tally:
        """Run to the end; where nothing can come next, tell one row and take it as it was recorded."""
        wrong = Tally("outcome is not that of the model, in any order that the references allow")
        await self._begin()
        while self.heads:
            number = self._next()
            if number is None:
                number = self._culprit()
                wrong.add(str(self.heads[number].transaction_id))
            await self._pass(number)
        return wrong

    async def _begin(self) -> None:
        for number in range(len(self._partitions)):
            await self._advance(number)

    async def _advance(self, number: int) -> None:
        row = await anext(self._partitions[number], None)
        if row is not None:
            self.heads[number] = row

    async def _pass(self, number: int) -> None:
        row = self.heads.pop(number)
        self.model.apply(row.request, row.decision, row.transaction_id)
        self._lifetimes.passed(row)
        await self._advance(number)

    def _ordered(self) -> list[int]:
        # The time of the commit only helps to guess well: transactions overlap, and clocks jump.
        return sorted(self.heads, key=lambda number: self.heads[number].committed_at)

    def _next(self) -> int | None:
        for number in self._ordered():
            row = self.heads[number]
            if self.model.decision(row.request) == row.decision and self._lifetimes.allow(row):
                return number
        return None

    def _culprit(self) -> int:
        # Told is a row that waits for no other one; where all wait, in a ring, the first of them.
        ordered = self._ordered()
        ready = [number for number in ordered if not _waits(self.heads[number], self.heads, len(self._partitions))]
        return next((number for number in ready if self._lifetimes.allow(self.heads[number])), (ready or ordered)[0])


def _waits(row: Row, heads: Mapping[int, Row], partition_count: int) -> bool:
    cited = row.decision.cites
    if cited is None or cited < FIRST_TRANSACTION_ID:
        return False
    head = heads.get(ledger_place(cited, partition_count=partition_count)[0])
    return head is not None and head is not row and head.transaction_id <= cited
