"""What a refusal costs: one hash and the same statements whoever is asked for, and the same page. No times here.

And what a sign-in and a confirmation ask of Postgres: those who are inside wait for little during a rush at the door.
"""

import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final

import httpx
import pytest

from services.auth.linking.walk import LinkWalk
from services.auth.portal.app import portal
from services.auth.portal.pairs import Pair
from services.auth.portal.ports import CmecfRefused, Credentials
from services.auth.signon.dummies import Dummies
from services.auth.signon.passwords import Lane
from services.auth.signon.sign_on import AccountSignOn
from services.auth.signon.verifiers import OwnVerifier
from services.runtime.database import acquired, open_tidy_pool
from tests.integration.auth.conftest import CLIENT, PASSWORD, Auth
from tests.integration.auth.people import WHO, bring_in, hash_of

_UNKNOWN: Final = ("nobody", "no body & co @ $ * %", "\u674e\u5c0f\u9f99", "x" * 128, "'; --")
_PUBLIC: Final = "http://127.0.0.1:8080"


class CountingLane(Lane):
    """A lane that counts its hashes and remembers which scheme each was of."""

    def __init__(self) -> None:
        super().__init__("counting", threads=1, dummy_hash=hash_of("argon2"))
        self.hashed: list[str] = []

    async def verify(self, password_hash: str | None, password: str, *, dummy: str = "") -> bool:
        self.hashed.append((password_hash or dummy).split("$")[1])
        return await super().verify(password_hash, password, dummy=dummy)


@dataclass
class Watched:
    """Sign-on and walk on one connection whose statements are written down, and a lane that counts."""

    sign_on: AccountSignOn
    linking: LinkWalk
    lane: CountingLane
    statements: list[str] = field(default_factory=list)

    def take(self) -> tuple[int, list[str]]:
        """Return what was done since the last call: hashes, and statements in order."""
        taken = len(self.lane.hashed), self.statements.copy()
        self.lane.hashed.clear()
        self.statements.clear()
        return taken


@pytest.fixture
async def watched(auth: Auth) -> AsyncGenerator[Watched]:
    await bring_in(auth.pool)
    async with _one_connection(auth) as (pool, statements):
        lane = CountingLane()
        pacer, cmecf = Dummies(b"k" * 32, "pacer_accounts"), Dummies(b"k" * 32, "cmecf_accounts")
        async with acquired(auth.pool) as connection:
            for each in (pacer, cmecf):
                await each.refresh(connection)
        check = replace(auth.parts.sign_on.check, pool=pool, lane=lane, verifier=OwnVerifier(lane, pacer))
        proving = replace(auth.parts.linking.proving, pool=pool, lane=lane, dummies=cmecf)
        yield Watched(
            sign_on=replace(auth.parts.sign_on, pool=pool, inside=pool, check=check),
            linking=replace(auth.parts.linking, pool=pool, proving=proving),
            lane=lane,
            statements=statements,
        )
        lane.close()


@asynccontextmanager
async def _one_connection(auth: Auth) -> AsyncGenerator[tuple[Any, list[str]]]:
    pool = await open_tidy_pool(auth.settings, size_max=1)
    statements: list[str] = []
    async with pool.acquire() as connection:
        connection.add_query_logger(lambda record: statements.append(record.query))
    try:
        yield pool, statements
    finally:
        await pool.close()


async def _refusal(browser: httpx.AsyncClient, username: str, password: str) -> tuple[int, str]:
    form = await browser.get("/UTBK/sign-in")
    (token,) = set(re.findall(r'name="csrf" value="([^"]+)"', form.text))
    answer = await browser.post(
        "/UTBK/sign-in", data={"csrf": token, "username": username, "password": password}, headers={"Origin": _PUBLIC}
    )
    shown = re.sub(r'(name="(csrf|username)"[^>]*? value=)"[^"]*"', r'\1""', answer.text)
    shown = re.sub(r'value="[^"]*"([^>]*? name="(csrf|username)")', r'value=""\1', shown)
    return answer.status_code, shown


async def test_refused_sign_ins_cost_and_say_the_same(auth: Auth, watched: Watched) -> None:
    app = portal(watched.sign_on, watched.linking, auth.parts.courts, auth.settings)
    transport = httpx.ASGITransport(app, client=("192.0.2.9", 40000))
    costs, pages = {}, {}
    async with httpx.AsyncClient(transport=transport, base_url=_PUBLIC) as browser:
        # A connection learns the types of a statement's columns once.
        await _refusal(browser, "somebody", "not the password")
        watched.take()
        for login in (*(who.login for who in WHO), *_UNKNOWN):
            status, page = await _refusal(browser, login, "not the password")
            hashes, statements = watched.take()
            costs[login] = (hashes, statements)
            pages[login] = (status, page)
    assert {hashes for hashes, _ in costs.values()} == {1}
    usual = costs["individual"][1]
    assert any("auth.pacer_accounts" in statement for statement in usual)
    assert {login: cost[1] for login, cost in costs.items()} == dict.fromkeys(costs, usual)
    assert set(pages.values()) == {pages["individual"]}
    assert pages["individual"][0] == 403


async def test_account_without_a_hash_is_never_signed_in(auth: Auth, watched: Watched) -> None:
    app = portal(watched.sign_on, watched.linking, auth.parts.courts, auth.settings)
    transport = httpx.ASGITransport(app, client=("192.0.2.9", 40000))
    async with httpx.AsyncClient(transport=transport, base_url=_PUBLIC) as browser:
        status, _ = await _refusal(browser, "remote-only", PASSWORD)
    assert status == 403
    assert await auth.count("sessions") == 0


async def test_unknown_names_are_hashed_in_the_mix_of_the_table(auth: Auth, watched: Watched) -> None:
    for number in range(40):
        nobody = Credentials(f"nobody-{number}", "not the password")
        await watched.sign_on.check.verifier.verify(nobody, None, client=CLIENT)
    assert set(watched.lane.hashed) > {"argon2id"}
    assert await auth.count("sessions") == 0


async def test_refused_proofs_cost_the_same(auth: Auth, watched: Watched) -> None:
    session = await auth.session()
    async with acquired(auth.pool) as connection:
        await connection.execute(
            """INSERT INTO auth.links (court_id, pacer_account, cmecf_canonical, transaction_id)
               VALUES ('UTBK', '7300099', 'legacy', 1)"""
        )
    costs = {}
    # Five wrong tries wait for nothing; the sixth would.
    for login in ("individual", "legacy", "disabled", "scrypt", "no such login"):
        watched.take()
        with pytest.raises(CmecfRefused):
            await watched.linking.prove(session, auth.court, login, "not the password", client=CLIENT)
        costs[login] = watched.take()
    assert {hashes for hashes, _ in costs.values()} == {1}
    assert {tuple(statements) for _, statements in costs.values()} == {tuple(costs["individual"][1])}


async def test_a_sign_in_asks_postgres_twice(auth: Auth, watched: Watched) -> None:
    warm, counted = Credentials("individual", PASSWORD), Credentials("legacy", PASSWORD)
    for credentials in (warm, counted):
        watched.take()
        await watched.sign_on.enter(credentials, court_id="UTBK", client=CLIENT)
    assert len(watched.statements) == 2
    assert await auth.count("sessions") == 2


async def test_a_confirmation_asks_postgres_three_times(auth: Auth, watched: Watched) -> None:
    # A connection learns the types of a statement's columns once.
    for login, cmecf_login in (("individual", "atyalex"), ("inactive", "other")):
        entry = await watched.sign_on.enter(Credentials(login, PASSWORD), court_id="UTBK", client=CLIENT)
        session = await auth.parts.sign_on.session(entry.token)
        assert session is not None
        pair = await watched.linking.prove(session, auth.court, cmecf_login, PASSWORD, client=CLIENT)
        watched.take()
        await _confirm(auth, watched, entry.token, pair)
    assert len(watched.statements) == 3
    assert await auth.count("attempts") == await auth.count("outbox", "request_id IS NOT NULL") == 2


async def _confirm(auth: Auth, watched: Watched, token: str, pair: Pair) -> None:
    session = await watched.sign_on.session(token)
    assert session is not None
    tick = pair.acknowledgment
    await watched.linking.confirm(session, auth.court, pair.form_token, client=CLIENT, both_are_me=tick)
