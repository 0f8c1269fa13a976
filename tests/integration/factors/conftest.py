"""Auth on a real Postgres with one filer, reached as a browser reaches it but without a socket; no Kafka is needed."""

import re
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlencode

import httpx
import pyotp
import pytest

from services.auth.app import assemble
from services.auth.factors.seal import FactorSeal
from services.auth.factors.totp import STEP_S
from services.auth.features import features
from services.auth.joint import Joint
from services.auth.portal.app import portal
from services.auth.projection.courts import CourtRegistry
from services.auth.settings import AuthSettings
from services.auth.signon.hashes import HASHER
from services.contract.noticekeys import NoticeKeys, code_info
from services.contract.notices import FilerNotified, NoticeKind
from services.ops import registry
from services.ops.account_import import write
from services.ops.account_rows import PacerRow
from services.ops.demo.page import Page
from services.runtime.database import Pool, acquired, open_pool
from services.runtime.health import Health
from services.runtime.settings import load
from tests.backends.databases import NOTICE_KEYS, Database

PASSWORD: Final = "Correct-Horse-1"
FORM_SECRET: Final = "f" * 40
ACCOUNT: Final = "111111"
SECRET: Final = "a" * 40
SEAL: Final = FactorSeal(SECRET)
_LIVE_AT: Final = datetime(2026, 1, 2, tzinfo=UTC)
ALEX: Final = PacerRow(
    kind="pacer", account_number=ACCOUNT, login="alexattorney", password=PASSWORD, name="Alex Attorney",
    email="alex@example.org", upgraded=True,
)  # fmt: skip


@dataclass
class Filer:
    """A browser at the pages: cookies, the page that is shown, and an authenticator app once one was added."""

    http: httpx.AsyncClient
    response: httpx.Response = field(init=False)
    seeds: list[str] = field(default_factory=list)

    @property
    def path(self) -> str:
        return self.response.url.path

    @property
    def page(self) -> Page:
        return Page(self.response.text)

    async def open(self, path: str) -> httpx.Response:
        self.response = await self.http.get(path)
        return self.response

    async def post(self, path: str, **fields: str) -> httpx.Response:
        """Post to an address with the token that the page shown holds."""
        return await self.post_raw(path, urlencode({"csrf": self.csrf, **fields}))

    async def post_raw(self, path: str, body: str, **headers: str) -> httpx.Response:
        own = {"Content-Type": "application/x-www-form-urlencoded", "Origin": str(self.http.base_url)}
        self.response = await self.http.post(path, content=body, headers=own | headers)
        return self.response

    async def follow(self, text: str) -> httpx.Response:
        """Click the link with this text."""
        return await self.open(next(link.address for link in self.page.links if link.text == text))

    @property
    def csrf(self) -> str:
        found = re.search(r'name="csrf" value="([0-9a-f]+)"', self.response.text)
        assert found, f"no form on {self.path}: {self.page.text[:300]}"
        return found[1]

    async def sign_in(self, *, after: str = "") -> None:
        await self.open("/UTBK/sign-in")
        await self.post("/UTBK/sign-in", username="alexattorney", password=PASSWORD, next=after)

    async def acknowledge(self) -> None:
        """Take note of the redaction rules, where the page asks for it."""
        if self.path.endswith("/redaction"):
            await self.post("/UTBK/redaction", redaction="yes")

    def token(self) -> str:
        return self.http.cookies.get("ecflink-session") or ""


@dataclass(frozen=True)
class Site:
    """One process's worth of auth, and what its filers can be sent by mail."""

    joint: Joint
    pool: Pool
    http: Callable[[str], httpx.AsyncClient]

    def filer(self, address: str = "192.0.2.17") -> Filer:
        return Filer(self.http(address))

    async def notices(self, kind: NoticeKind) -> list[FilerNotified]:
        """Return what waits in the outbox, oldest first."""
        async with acquired(self.pool) as connection:
            rows = await connection.fetch("SELECT value FROM auth.outbox WHERE topic = 'filer-notices-v1' ORDER BY id")
        read = [FilerNotified.model_validate_json(row["value"]) for row in rows]
        return [notice for notice in read if notice.kind is kind]

    async def mailed_code(self) -> str:
        """Return the newest security code as the notifier would read it."""
        notice = (await self.notices(NoticeKind.SECURITY_CODE))[-1]
        assert notice.sealed_code is not None
        return NoticeKeys.parse(NOTICE_KEYS).unseal(notice.sealed_code, code_info(notice.notice_id)).decode()

    async def permit(self, filer: Filer, target: str = "app") -> None:
        """Ask for a security code and enter it."""
        await filer.open(f"/UTBK/utilities/second-factor/code?for={target}")
        await filer.post("/UTBK/utilities/second-factor/code", **{"for": target})
        await filer.post("/UTBK/utilities/second-factor/code", code=await self.mailed_code(), **{"for": target})

    async def enrol_app(self, filer: Filer, label: str = "my phone") -> str:
        """Add an app through the pages and return its seed."""
        await self.permit(filer)
        seed = filer.page.facts["Key"].replace(" ", "")
        await filer.post("/UTBK/utilities/second-factor/app", label=label, otp=pyotp.TOTP(seed).now())
        filer.seeds.append(seed)
        return seed

    async def age(self, seconds: int) -> None:
        """Let time pass for all apps: the steps that were taken lie further back."""
        async with acquired(self.pool) as connection:
            await connection.execute("UPDATE auth.factors SET last_step = last_step - $1", seconds // STEP_S)

    async def value(self, query: str, *args: object) -> object:
        async with acquired(self.pool) as connection:
            return await connection.fetchval(query, *args)

    async def run(self, query: str, *args: object) -> None:
        async with acquired(self.pool) as connection:
            await connection.execute(query, *args)


@asynccontextmanager
async def joined(database: Database, **given: object) -> AsyncGenerator[Site]:
    """Join a process's worth of auth; several may share a database."""
    settings = load(
        AuthSettings,
        **database.settings("auth"),
        **{
            "kafka_bootstrap_servers": "localhost:1",
            "form_secret": FORM_SECRET,
            "factor_secret": SECRET,
            "proof_keys": f"k1:{'ab' * 32}",
            "hash_threads": 2,
            "public_url": "http://localhost",
            **given,
        },
    )
    pool: Pool = await open_pool(settings, size_max=16)
    live = registry.packaged()["UTBK"].model_copy(update={"live_at": _LIVE_AT})
    parts = assemble(settings, pool, CourtRegistry([live]), Health())
    app = portal(parts.sign_on, parts.linking, parts.courts, settings, features=features(parts.joint))
    opened: list[httpx.AsyncClient] = []

    def http(address: str) -> httpx.AsyncClient:
        carrier = httpx.ASGITransport(app, client=(address, 50_000))
        opened.append(httpx.AsyncClient(transport=carrier, base_url=settings.public_url, follow_redirects=True))
        return opened[-1]

    try:
        yield Site(joint=parts.joint, pool=pool, http=http)
    finally:
        for each in opened:
            await each.aclose()
        await parts.close()
        await pool.close()


@pytest.fixture(scope="session")
def password_hash() -> str:
    return HASHER.hash(PASSWORD)


@pytest.fixture
async def peopled(database: Database, password_hash: str) -> Database:
    """A database with one filer."""
    async with joined(database) as site, acquired(site.pool) as connection:
        await write(connection, [ALEX], [ACCOUNT], [password_hash], {})
    return database


@pytest.fixture
async def site(peopled: Database) -> AsyncGenerator[Site]:
    """Auth with the policy `offered`."""
    async with joined(peopled) as made:
        yield made


@pytest.fixture
async def prompting(peopled: Database) -> AsyncGenerator[Site]:
    """Auth that asks filers to enrol."""
    async with joined(peopled, factor_policy="prompted") as made:
        yield made
