"""Auth joined as in production, and a court with filers of every kind."""

import asyncio
from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.auth.joint import Joint
from services.auth.notices import announcements
from services.auth.notices.announce import Announcer
from services.contract.notices import FilerNotified
from services.contract.topics import FILER_NOTICES
from services.runtime.database import acquired
from services.runtime.health import Health
from services.runtime.read import reading
from tests.backends.deployment import Deployment
from tests.integration.auth.conftest import Auth, joined

LIVE_AT = datetime(2026, 1, 2, 13, tzinfo=UTC)
_ACCOUNT = """
INSERT INTO auth.cmecf_accounts (court_id, cmecf_canonical, login, password_hash, name, email, status)
VALUES ('UTBK', $1, $1, '', $2, $3, $4)"""
_LINK = "INSERT INTO auth.links (court_id, pacer_account, cmecf_canonical, transaction_id) VALUES ('UTBK', $1, $2, $3)"


@dataclass
class Announcing:
    """One court, its filers, and whoever announces; `now` is the clock that auth has here."""

    deployment: Deployment
    auth: Auth
    now: datetime = LIVE_AT + timedelta(minutes=1)

    def announcer(self, *, per_second: int = 20) -> Announcer:
        joint: Joint = self.auth.parts.joint
        settings = joint.settings.model_copy(update={"announce_per_second": per_second})
        return Announcer(replace(joint, settings=settings, clock=lambda: self.now, health=Health()))

    async def filers(self, logins: Iterable[str], *, address: str | None = "@", status: str = "active") -> None:
        """Import filers; `@`: each at an address of their own."""
        rows = [(login, f"Name {login}", _address(login) if address == "@" else address) for login in logins]
        async with acquired(self.auth.pool) as connection:
            await connection.executemany(_ACCOUNT, [(*row, status) for row in rows])

    async def link(self, login: str, number: int = 1) -> None:
        async with acquired(self.auth.pool) as connection:
            await connection.execute(_LINK, f"{7_000_000 + number}", login, 10_000 + number)

    async def order(self, live_at: datetime = LIVE_AT, until: datetime | None = None) -> None:
        async with acquired(self.auth.pool) as connection:
            await announcements.order(connection, "UTBK", live_at, until, self.now)

    async def progress(self) -> announcements.Progress:
        async with acquired(self.auth.pool) as connection:
            return await announcements.progress(connection, "UTBK")

    async def tell(self, *, times: int = 1, per_second: int = 20) -> None:
        """Let so many seconds' worth be told."""
        announcer = self.announcer(per_second=per_second)
        for _ in range(times):
            async with acquired(self.auth.pool) as connection:
                await announcer.tell(connection)

    async def waiting(self) -> list[FilerNotified]:
        """Return the notices in the outbox, in their order."""
        async with acquired(self.auth.pool) as connection:
            rows = await connection.fetch(
                "SELECT value FROM auth.outbox WHERE topic = $1 ORDER BY id", FILER_NOTICES.name
            )
        return [FilerNotified.model_validate_json(row["value"]) for row in rows]

    async def relayed(self) -> None:
        """Wait until no notice waits in the outbox."""
        while await self.waiting():  # noqa: ASYNC110 - a database has no event to wait for
            await asyncio.sleep(0.05)

    async def finished(self) -> None:
        """Wait until the pass is at its end."""
        while (await self.progress()).finished_at is None:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.05)

    async def published(self) -> list[FilerNotified]:
        """Return every notice in the topic, copies too."""
        return [FilerNotified.model_validate_json(record.value) for record in await self.records()]

    async def records(self) -> list[Any]:
        found: list[Any] = []
        topic = FILER_NOTICES.named(self.deployment.kafka.topic_prefix)
        for partition in range(self.deployment.partition_count):
            async with reading(self.deployment.kafka, topic, partition) as reader:
                async for records in reader.until((await reader.bounds()).end):
                    found += records
        return found


def _address(login: str) -> str:
    return "".join(character for character in login if character.isascii() and character.isalnum()) + "@example.org"


@pytest.fixture
async def announcing(deployment: Deployment) -> AsyncGenerator[Announcing]:
    async with joined(deployment) as auth:
        yield Announcing(deployment, auth)
