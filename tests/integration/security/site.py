"""Auth over a real socket on a real Postgres, in this process, and requests written byte by byte."""

import asyncio
import re
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

import httpx

from services.auth.app import assemble
from services.auth.features import features
from services.auth.joint import Joint
from services.auth.portal.app import portal
from services.auth.projection.courts import CourtRegistry
from services.auth.protection.lag import Lag
from services.auth.protection.room import Room
from services.auth.settings import AuthSettings
from services.ops import registry
from services.ops.account_rows import CmecfRow, PacerRow
from services.ops.stack.ports import free_port
from services.runtime.database import Pool, acquired, open_pool
from services.runtime.health import Health
from services.runtime.process import serving
from services.runtime.settings import load
from tests.backends.databases import Database

PASSWORD: Final = "Correct-Horse-1"
LOGIN: Final = "alexattorney"
PEOPLE: Final = (
    PacerRow(
        kind="pacer", account_number="111111", login=LOGIN, password=PASSWORD, name="Alex Attorney",
        email="alex@example.org", upgraded=True,
    ),
    CmecfRow(kind="cmecf", court_id="UTBK", login="atyalex", password=PASSWORD, name="Aty Alex"),
)  # fmt: skip
_LIVE_AT: Final = datetime(2026, 1, 2, tzinfo=UTC)
_ANSWER_S_MAX: Final = 20.0
# Everything that a request may leave behind.
_LEFT: Final = """
SELECT (SELECT count(*) FROM auth.sessions), (SELECT count(*) FROM auth.outbox), (SELECT count(*) FROM auth.attempts),
       (SELECT count(*) FROM auth.security_acts), (SELECT count(*) FROM auth.factors),
       (SELECT coalesce(max(acknowledged_court), '') || coalesce(max(redaction_court), '') FROM auth.sessions)"""


class Answer(NamedTuple):
    """What came back; status 0 is a connection that was ended without a word."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Site:
    """A served auth. `trust` verifies its certificate, where it has one."""

    joint: Joint
    pool: Pool
    port: int
    url: str
    trust: ssl.SSLContext | None = None

    def browser(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=self.url, verify=self.trust or False, timeout=_ANSWER_S_MAX)

    async def left(self) -> tuple[object, ...]:
        """Return what has been left behind so far."""
        async with acquired(self.pool) as connection:
            row = await connection.fetchrow(_LEFT)
        return tuple(row.values()) if row else ()

    async def send(self, request: bytes, *, end: bool = False) -> Answer:
        """Send bytes as they are, where asked say that nothing more comes, and read the answer."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        said = b""
        with suppress(ConnectionError):
            async with asyncio.timeout(_ANSWER_S_MAX):
                writer.write(request)
                await writer.drain()
                if end:
                    writer.write_eof()
                said = await reader.read()
        writer.close()
        return _parsed(said)


async def signed_in(http: httpx.AsyncClient) -> str:
    """Sign Alex in and return the form token of the session."""
    page = await http.get("/UTBK/sign-in")
    form = {"csrf": token_of(page.text), "username": LOGIN, "password": PASSWORD}
    answer = await http.post("/UTBK/sign-in", data=form)
    assert answer.status_code == httpx.codes.SEE_OTHER, answer.text
    notice = await http.get("/UTBK/redaction")
    await http.post("/UTBK/redaction", data={"csrf": token_of(notice.text), "redaction": "yes"})
    return token_of((await http.get("/UTBK/menu")).text)


def token_of(html: str) -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]+)"', html)
    assert found, html[:500]
    return found[1]


@asynccontextmanager
async def serve(
    database: Database, *, certificate: tuple[Path, Path] | None = None, **given: object
) -> AsyncGenerator[Site]:
    """Join and serve a process's worth of auth; no Kafka is needed for it."""
    port, scheme = free_port(), "https" if certificate else "http"
    url = f"{scheme}://localhost:{port}"
    settings = load(
        AuthSettings,
        **database.settings("auth"),
        **{
            "kafka_bootstrap_servers": "localhost:1",
            "form_secret": "f" * 40,
            "factor_secret": "a" * 40,
            "proof_keys": f"k1:{'ab' * 32}",
            "hash_threads": 2,
            "public_url": url,
            **given,
        },
    )
    pool: Pool = await open_pool(settings, size_max=16)
    courts = registry.packaged()
    live = [courts[name].model_copy(update={"live_at": _LIVE_AT}) for name in ("UTBK", "CTBK")]
    parts = assemble(settings, pool, CourtRegistry(live), Health())
    joint = parts.joint
    # The lag is not measured: a machine that is busy with other tests is no reason to turn anybody away.
    room = Room(joint.limiter, joint.lanes.sign_in, joint.attempts, Lag())
    app = portal(parts.sign_on, parts.linking, parts.courts, settings, features=features(joint), room=room)
    paths = {"ssl_certfile": certificate[0], "ssl_keyfile": certificate[1]} if certificate else {}
    trust = ssl.create_default_context(cafile=certificate[0]) if certificate else None
    try:
        async with serving(app, host="127.0.0.1", port=port, proxy_headers=False, server_header=False, **paths):
            yield Site(joint=joint, pool=pool, port=port, url=url, trust=trust)
    finally:
        await parts.close()
        await pool.close()


def _parsed(said: bytes) -> Answer:
    if not said:
        return Answer(0, {}, b"")
    head, _, body = said.partition(b"\r\n\r\n")
    if head.startswith(b"HTTP/1.1 100"):
        head, _, body = body.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return Answer(int(first.split(" ")[1]), headers, body)
