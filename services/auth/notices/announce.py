"""Telling the filers of a court that went live: a loop of auth, one process at a time, at a bounded rate.

Killed anywhere, the next one goes on where the last transaction stood, and nobody is told twice.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Final

from prometheus_client import Counter
from pydantic import ValidationError

from services.auth.joint import Joint
from services.auth.notices import announcements
from services.auth.notices.announcements import Announcement, Filer
from services.contract.notices import FilerNotified, NoticeKind, announcement_id
from services.runtime.database import Connection, acquired
from services.runtime.faults import Transient
from services.runtime.log import log

TICK_S: Final = 1.0
RETRY_S: Final = 5.0
REOPEN_S: Final = 60.0
# New accounts of a court are told for as long as its go-live is news.
REOPEN_AGE: Final = timedelta(days=30)
_LOCK: Final = 0x616E_6E6F  # "anno"
_LOOP: Final = "announcements"


class Announcer:
    """Tells at most `announce_per_second` filers a second, all courts together."""

    def __init__(self, joint: Joint) -> None:
        self._pool = joint.leading
        self._notices = joint.notices
        self._clock = joint.clock
        self._health = joint.health
        self._per_second = joint.settings.announce_per_second
        self._reopened_at: datetime | None = None
        self._told = Counter(
            "ecflink_auth_announced", "Filers told of their court's go-live.", registry=joint.health.registry
        )

    async def run(self) -> None:
        """Tell until cancelled; trouble of Postgres is waited out."""
        try:
            while True:
                self._health.beat(_LOOP)
                pause_s = TICK_S
                try:
                    if await self._anything():
                        await self._lead()
                except Transient as trouble:
                    log.warning("announcements.wait", cause=str(trouble))
                    pause_s = RETRY_S
                await asyncio.sleep(pause_s)
        finally:
            self._health.forget(_LOOP)

    async def _anything(self) -> bool:
        async with acquired(self._pool) as connection:
            now = self._clock()
            if self._reopened_at is None or (now - self._reopened_at).total_seconds() >= REOPEN_S:
                self._reopened_at = now
                for court_id in await announcements.reopen(connection, now - REOPEN_AGE):
                    log.info("announcement.reopened", court_id=court_id)
            return bool(await announcements.under_way(connection, now))

    async def _lead(self) -> None:
        """Tell page by page, a second apart, until nobody is left; or leave it to the process that is at it."""
        async with self._leading() as connection:
            while connection is not None:
                self._health.beat(_LOOP)
                if not await self.tell(connection):
                    return
                await asyncio.sleep(TICK_S)

    @asynccontextmanager
    async def _leading(self) -> AsyncGenerator[Connection | None]:
        # The lock lives and dies with the connection; it goes back to the pool without it.
        async with acquired(self._pool) as connection:
            leads = await connection.fetchval("SELECT pg_try_advisory_lock($1)", _LOCK)
            yield connection if leads else None

    async def tell(self, connection: Connection) -> bool:
        """Tell the filers of one second. Returns whether any court is left."""
        left = self._per_second
        courts = await announcements.under_way(connection, self._clock())
        for court_id in courts:
            if left <= 0:
                break
            left -= await self._tell_court(connection, court_id, left)
        return bool(courts)

    async def _tell_court(self, connection: Connection, court_id: str, count_max: int) -> int:
        """Tell one court's next filers, in one transaction; return how many were looked at."""
        now = self._clock()
        async with connection.transaction():
            announcement = await announcements.locked(connection, court_id, now)
            if announcement is None:
                return 0
            page = await announcements.page(connection, announcement, count_max)
            told = await self._put(connection, announcement, page, now)
            if page:
                await announcements.reach(connection, court_id, page[-1].cmecf_canonical, told)
            if len(page) < count_max:
                await announcements.finish(connection, court_id, now)
        if told:
            self._notices.wake()
            self._told.inc(told)
        if len(page) < count_max:
            log.info("announcement.finished", court_id=court_id)
        return len(page)

    async def _put(self, connection: Connection, announcement: Announcement, page: list[Filer], now: datetime) -> int:
        notices = [(filer, notice) for filer in page if (notice := _notice(announcement, filer, now)) is not None]
        given = [(filer.cmecf_canonical, notice.notice_id) for filer, notice in notices]
        fresh = await announcements.tell(connection, announcement, given, now)
        for _, notice in notices:
            if notice.notice_id in fresh:
                await self._notices.put(connection, notice)
        return len(fresh)


def _notice(announcement: Announcement, filer: Filer, now: datetime) -> FilerNotified | None:
    try:
        return FilerNotified(
            notice_id=announcement_id(announcement.court_id, filer.cmecf_canonical),
            kind=NoticeKind.COURT_LIVE,
            recipient_name=filer.name,
            recipient_email=filer.email,
            noted_at=now,
            court_id=announcement.court_id,
            cmecf_login=filer.login,
            live_at=announcement.live_at,
            old_way_until=announcement.old_way_until,
        )
    except ValidationError:
        # Written into the table by hand: the import takes no such address.
        log.error("announcement.unmailable", court_id=announcement.court_id)
        return None
