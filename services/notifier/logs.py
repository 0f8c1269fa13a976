"""The two logs of a partition, transactions and notices: how each is judged and written down, and where it stands.

Each has a place of its own in the position row, under the one epoch.
"""

from collections.abc import Sequence
from typing import Protocol

from services.notifier.intake import Intake, Office, Stand, judge
from services.notifier.notices import NoticeOffice, judge_notices
from services.notifier.position import Draft, Position, Superseded
from services.runtime.faults import Halt
from services.runtime.read import Record


class Store(Protocol):
    """Where letters are written down."""

    async def take_in(self, position: Position, intake: Intake, *, states: Sequence[str]) -> list[Draft]: ...

    async def take_in_notices(self, position: Position, intake: Intake, *, states: Sequence[str]) -> list[Draft]: ...


class Log(Protocol):
    """One log of a partition. `next_offset` is what is read next."""

    @property
    def next_offset(self) -> int: ...

    def judge(self, records: Sequence[Record]) -> Intake: ...

    async def take_in(self, intake: Intake, *, states: Sequence[str]) -> list[Draft]: ...

    def took(self, intake: Intake) -> None: ...

    def find_again(self, found: Position) -> int: ...


class TransactionLog:
    """link-transactions-v1: rows without a gap. `judge` raises Halt at one."""

    def __init__(self, store: Store, position: Position, office: Office) -> None:
        self._store = store
        self._position = position
        self._office = office
        self._stand = Stand(position.next_offset, position.last_seq, position.partition_count)

    @property
    def next_offset(self) -> int:
        """The offset that is read next."""
        return self._stand.next_offset

    def judge(self, records: Sequence[Record]) -> Intake:
        """Read records and write their letters."""
        return judge(records, self._stand, self._office)

    async def take_in(self, intake: Intake, *, states: Sequence[str]) -> list[Draft]:
        """Write a batch down."""
        return await self._store.take_in(self._position, intake, states=states)

    def took(self, intake: Intake) -> None:
        """Stand behind a batch that was written."""
        self._stand = self._stand._replace(next_offset=intake.next_offset, last_seq=intake.last_seq)

    def find_again(self, found: Position) -> int:
        """Stand where the row stands, after a commit whose outcome was unknown. Raises Superseded or Halt."""
        _same_owner(self._position, found, found.next_offset, self._stand.next_offset)
        self._stand = self._stand._replace(next_offset=found.next_offset, last_seq=found.last_seq)
        return found.next_offset


class NoticeLog:
    """filer-notices-v1: notices without numbers; nothing in it stops the partition."""

    def __init__(self, store: Store, position: Position, office: NoticeOffice) -> None:
        self._store = store
        self._position = position
        self._office = office
        self.next_offset = position.notice_next_offset

    def judge(self, records: Sequence[Record]) -> Intake:
        """Read records and write their letters."""
        return judge_notices(records, self.next_offset, self._position.partition_count, self._office)

    async def take_in(self, intake: Intake, *, states: Sequence[str]) -> list[Draft]:
        """Write a batch down."""
        return await self._store.take_in_notices(self._position, intake, states=states)

    def took(self, intake: Intake) -> None:
        """Stand behind a batch that was written."""
        self.next_offset = intake.next_offset

    def find_again(self, found: Position) -> int:
        """Stand where the row stands, after a commit whose outcome was unknown. Raises Superseded or Halt."""
        _same_owner(self._position, found, found.notice_next_offset, self.next_offset)
        self.next_offset = found.notice_next_offset
        return self.next_offset


def _same_owner(ours: Position, found: Position, found_offset: int, taken_offset: int) -> None:
    if found.epoch > ours.epoch:
        raise Superseded
    if found.epoch < ours.epoch or found_offset < taken_offset:
        raise Halt(
            f"partition {found.partition}: the database stands at offset {found_offset}, this worker had taken up to "
            f"{taken_offset}: was it restored to an earlier state?"
        )
