"""Notices on their way out: committed with what they tell of, relayed to `filer-notices-v1`, deleted once there."""

from collections.abc import Callable
from typing import Final
from uuid import UUID

from services.auth.notices.seal import CurrentKey
from services.auth.outbox import rows
from services.contract.envelope import Source, envelope
from services.contract.noticekeys import code_info
from services.contract.notices import FilerNotified, notice_key
from services.contract.topics import FILER_NOTICES
from services.runtime.clock import Clock
from services.runtime.database import Connection, Pool

# A wave of announcements goes out together; nobody notices this wait.
GATHER_S: Final = 0.05


class Notices:
    """Takes notices of every kind. `committed` wakes the relay of FILER_NOTICES."""

    def __init__(self, pool: Pool, *, committed: Callable[[], None], clock: Clock) -> None:
        self._key = CurrentKey(pool, clock)
        self._committed = committed

    async def put(self, connection: Connection, notice: FilerNotified) -> None:
        """Insert a notice inside the caller's transaction. Call `wake` after the commit."""
        await rows.insert(connection, row_of(notice))

    def wake(self) -> None:
        """Say that notices were committed."""
        self._committed()

    async def seal_code(self, code: str, notice_id: UUID) -> str:
        """Return the `sealed_code` of a notice. Raises Transient where the notifier's key is not known."""
        return (await self._key.get()).seal(code.encode(), code_info(notice_id))


def row_of(notice: FilerNotified) -> rows.Row:
    """Return a notice as a row of the outbox. Its `ce_id` is the notice's id, so that a copy is known as one."""
    headers = envelope(
        ce_id=str(notice.notice_id), ce_type=FILER_NOTICES.event_type, source=Source.AUTH, time=notice.noted_at
    )
    return rows.Row(FILER_NOTICES, notice_key(notice), headers, notice.encode())
