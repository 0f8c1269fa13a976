"""Auth on real servers: its parts joined as in production, two filers imported, one court live."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import pytest

from services.auth.app import Parts, assemble
from services.auth.portal.pairs import Pair
from services.auth.portal.ports import Client, Session
from services.auth.projection.courts import CourtRegistry
from services.auth.settings import AuthSettings
from services.auth.signon.passwords import HASHER
from services.contract.courts import Court
from services.ops import registry
from services.ops.account_import import write
from services.ops.account_rows import CmecfRow, PacerRow
from services.runtime.database import Pool, acquired, open_pool
from services.runtime.health import Health
from services.runtime.settings import load
from tests.backends.deployment import Deployment

CLIENT: Final = Client("192.0.2.17")
PASSWORD: Final = "Correct-Horse-1"
_LIVE_AT: Final = datetime(2026, 1, 2, tzinfo=UTC)
_PEOPLE: Final = (
    PacerRow(
        kind="pacer", account_number="111111", login="alexattorney", password=PASSWORD, name="Alex Attorney",
        email="alex@example.org", upgraded=True,
    ),
    CmecfRow(kind="cmecf", court_id="UTBK", login="atyalex", password=PASSWORD, name="Aty Alex"),
    CmecfRow(kind="cmecf", court_id="UTBK", login="other", password=PASSWORD, name="Other Attorney"),
    PacerRow(
        kind="pacer", account_number="7123456", login="lg1234", password=PASSWORD, name="Lee Legacy",
        email="lee@example.org", upgraded=False,
    ),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Auth:
    """Auth's parts, its database, and what a filer would do."""

    settings: AuthSettings
    pool: Pool
    parts: Parts
    health: Health

    @property
    def court(self) -> Court:
        court = self.parts.courts.get("UTBK")
        assert court is not None
        return court

    async def session(self, login: str = "alexattorney") -> Session:
        token = await self.parts.sign_on.sign_in(login, PASSWORD, client_code="", court_id="UTBK", client=CLIENT)
        session = await self.parts.sign_on.session(token)
        assert session is not None
        return session

    async def form(self, session: Session, login: str = "atyalex") -> str:
        return (await self.pair(session, login)).form_token

    async def pair(self, session: Session, login: str = "atyalex") -> Pair:
        return await self.parts.linking.prove(session, self.court, login, PASSWORD, client=CLIENT)

    async def count(self, table: str, where: str = "true") -> int:
        async with acquired(self.pool) as connection:
            found: int = await connection.fetchval(f"SELECT count(*) FROM auth.{table} WHERE {where}")  # noqa: S608
        return found

    async def until(self, table: str, where: str, count: int = 1) -> None:
        """Wait until so many rows are there; the test's own time limit ends it."""
        while await self.count(table, where) != count:  # noqa: ASYNC110 - a database has no event to wait for
            await asyncio.sleep(0.02)

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Run the relays, projections and followers for the time of a block."""
        tasks = [asyncio.create_task(loop()) for loop in self.parts.loops]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def joined(deployment: Deployment) -> AsyncGenerator[Auth]:
    """Join one process's worth of auth; several may share a deployment."""
    settings = load(
        AuthSettings,
        **deployment.settings("auth"),
        form_secret="f" * 40,
        factor_secret="a" * 40,
        proof_keys=f"k1:{'ab' * 32}",
        hash_threads=2,
    )
    pool: Pool = await open_pool(settings, size_max=16)
    health = Health()
    live = registry.packaged()["UTBK"].model_copy(update={"live_at": _LIVE_AT})
    parts = assemble(settings, pool, CourtRegistry([live, registry.packaged()["UTDC"]]), health)
    try:
        yield Auth(settings=settings, pool=pool, parts=parts, health=health)
    finally:
        parts.lanes.close()
        await pool.close()


@pytest.fixture(scope="session")
def password_hash() -> str:
    return HASHER.hash(PASSWORD)


@pytest.fixture
async def auth(deployment: Deployment, password_hash: str) -> AsyncGenerator[Auth]:
    async with joined(deployment) as made:
        keys = ["111111", "UTBK:atyalex", "UTBK:other", "7123456"]
        async with acquired(made.pool) as connection:
            await write(connection, _PEOPLE, keys, [password_hash] * len(keys), {})
        yield made
