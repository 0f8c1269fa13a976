"""The public key that one-time codes are sealed with: read from auth.notice_keys, remembered for a minute."""

from typing import Final

from services.contract.noticekeys import NoticeKey
from services.runtime.clock import Clock
from services.runtime.database import Pool, acquired
from services.runtime.faults import Transient

REMEMBERED_S: Final = 60.0
_CURRENT: Final = "SELECT key_id, public_key FROM auth.notice_keys WHERE current"


class CurrentKey:
    """The notifier's current public key."""

    def __init__(self, pool: Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock
        self._key: NoticeKey | None = None
        self._until = 0.0

    async def get(self) -> NoticeKey:
        """Return the key. Raises Transient where none is stored, or the database does not answer and none is known."""
        moment = self._clock().timestamp()
        if self._key is None or moment >= self._until:
            async with acquired(self._pool) as connection:
                row = await connection.fetchrow(_CURRENT)
            if row is None:
                raise Transient("no key of the notifier is stored: run `ecflink migrate` with NOTICE_KEYS")
            self._key = NoticeKey(row["key_id"], row["public_key"])
            self._until = moment + REMEMBERED_S
        return self._key
