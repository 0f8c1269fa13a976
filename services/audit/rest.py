"""Waits for the system to come to rest, so that nothing is in flight when the audit looks: positions, counts."""

import asyncio
from typing import Any, Final

from services.audit.logs import NOTICES, REQUESTS, ends
from services.audit.settings import AuditSettings
from services.runtime.database import connecting

_POLL_S: Final = 0.5
_MOVING: Final = """
SELECT (SELECT count(*) FROM auth.outbox WHERE published_at IS NULL AND parked_at IS NULL)
     + (SELECT count(*) FROM auth.attempts WHERE state = 'received')
     + (SELECT count(*) FROM linker.position AS l LEFT JOIN notifier.position AS n USING (partition)
         WHERE l.next_seq - 1 <> coalesce(n.last_seq, 0))
     + (SELECT count(*) FROM notifier.deliveries WHERE state NOT IN ('accepted', 'bounced', 'held'))
     + (SELECT count(*) FROM notifier.outbox)
     + (SELECT count(*) FROM auth.announcements WHERE finished_at IS NULL AND live_at <= now())"""
_POSITIONS: Final = "SELECT partition, next_offset FROM linker.position"
_NOTICE_POSITIONS: Final = "SELECT partition, notice_next_offset AS next_offset FROM notifier.position"


async def at_rest(settings: AuditSettings, *, wait_s: float) -> bool:
    """Wait up to `wait_s` seconds until nothing is under way, and say whether that came about."""
    try:
        async with asyncio.timeout(wait_s), connecting(settings) as connection:
            while not await _resting(settings, connection):  # noqa: ASYNC110 - other processes move, and tell us nothing
                await asyncio.sleep(_POLL_S)
    except TimeoutError:
        return False
    return True


async def _resting(settings: AuditSettings, connection: Any) -> bool:  # noqa: ANN401 - asyncpg has no types
    log_ends = await ends(settings, REQUESTS, NOTICES)
    for log, query in ((REQUESTS, _POSITIONS), (NOTICES, _NOTICE_POSITIONS)):
        positions = {row["partition"]: row["next_offset"] for row in await connection.fetch(query)}
        if positions != log_ends[log.table]:
            return False
    return bool(await connection.fetchval(_MOVING) == 0)
