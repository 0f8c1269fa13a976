"""Signing in with every kind and state of account: what is told after the right password, and what is written."""

from datetime import timedelta
from typing import Any

import pytest

from services.auth.portal.ports import (
    Barrier,
    Client,
    Credentials,
    Entry,
    Origin,
    Reproof,
    SignInBarred,
    SignInRefused,
    Stage,
)
from services.auth.signon.sessions import Sessions
from services.runtime.clock import now
from services.runtime.database import acquired
from tests.integration.auth.conftest import CLIENT, PASSWORD, Auth
from tests.integration.auth.people import bring_in


@pytest.fixture(autouse=True)
async def people(auth: Auth) -> None:
    await bring_in(auth.pool)


async def _enter(auth: Auth, login: str, *, origin: Origin = Origin.PAGES, **more: Any) -> Entry:  # noqa: ANN401
    credentials = Credentials(login, more.pop("password", PASSWORD), **more)
    return await auth.parts.sign_on.enter(credentials, court_id="UTBK", client=CLIENT, origin=origin)


async def _acts(auth: Auth) -> list[str]:
    async with acquired(auth.pool) as connection:
        return [row["act"] for row in await connection.fetch("SELECT act FROM auth.security_acts ORDER BY id")]


@pytest.mark.parametrize("login", ["individual", "legacy", "inactive", "shared", "paa", "exempt"])
async def test_right_password_signs_in(auth: Auth, login: str) -> None:
    entry = await _enter(auth, login)
    session = await auth.parts.sign_on.session(entry.token)
    assert entry.stage is Stage.FULL
    assert session is not None
    assert (session.filer.login, session.stage, session.origin) == (login, Stage.FULL, "pages")
    assert session.redaction_acknowledged is (login in {"legacy", "shared", "paa"})
    assert session.proved_at == session.signed_in_at
    assert await _acts(auth) == ["signed-in"]
    assert await auth.count("known_places", "address_prefix = '192.0.2.0/24'") == 1
    assert await auth.count("outbox", "topic = 'auth-logins-v1'") == 1


@pytest.mark.parametrize("origin", list(Origin))
async def test_disabled_account_is_told_after_its_password_alone(auth: Auth, origin: Origin) -> None:
    with pytest.raises(SignInRefused):
        await _enter(auth, "disabled", password="wrong", origin=origin)
    with pytest.raises(SignInBarred) as barred:
        await _enter(auth, "disabled", origin=origin)
    assert barred.value.barrier is Barrier.PACER_DISABLED
    assert await auth.count("sessions") == 0
    assert await auth.count("security_acts") == 0


@pytest.mark.parametrize(
    "code,barrier", [("", Barrier.CLIENT_CODE_REQUIRED), ("C3", Barrier.CLIENT_CODE_INVALID), ("B2", None)]
)
async def test_firm_that_demands_a_client_code(auth: Auth, code: str, barrier: Barrier | None) -> None:
    with pytest.raises(SignInRefused):
        await _enter(auth, "codes", password="wrong", client_code=code)
    if barrier is None:
        assert (await _enter(auth, "codes", client_code=code)).warning == ""
    else:
        with pytest.raises(SignInBarred) as barred:
            await _enter(auth, "codes", client_code=code)
        assert barred.value.barrier is barrier
    entry = await _enter(auth, "codes", client_code=code, origin=Origin.API, redact=True)
    assert bool(entry.warning) is (barrier is not None)


async def test_program_gets_a_long_token_and_limits_of_its_own(auth: Auth) -> None:
    entry = await _enter(auth, "individual", origin=Origin.API, redact=True)
    session = await auth.parts.sign_on.session(entry.token)
    assert session is not None
    assert len(entry.token) == 128
    assert session.redaction_acknowledged
    assert session.expires_at - session.signed_in_at == timedelta(seconds=auth.settings.api_absolute_s)
    await auth.parts.sign_on.sign_out(entry.token)
    await auth.parts.sign_on.sign_out(entry.token)
    assert await auth.parts.sign_on.session(entry.token) is None
    assert await _acts(auth) == ["token-issued", "token-ended"]


async def test_program_of_a_filer_must_acknowledge_redaction(auth: Auth) -> None:
    with pytest.raises(SignInBarred) as barred:
        await _enter(auth, "individual", origin=Origin.API)
    assert barred.value.barrier is Barrier.REDACTION_NOT_ACKED
    assert (await _enter(auth, "legacy", origin=Origin.API)).stage is Stage.FULL
    assert await auth.count("sessions") == 1


async def test_idle_sessions_end_by_their_origin_and_touch_keeps_one(auth: Auth) -> None:
    pages = await _enter(auth, "individual")
    program = await _enter(auth, "individual", origin=Origin.API, redact=True)
    limits, at = auth.parts.sign_on.limits, now()
    sessions = Sessions(auth.pool, limits)
    between = at + (limits.api.idle + limits.pages.idle) / 2
    assert limits.api.idle < limits.pages.idle
    found = await sessions.find(pages.token, between - limits.api.idle)
    assert found is not None
    assert found.idle_until is not None
    kept = await sessions.touch(found, between)
    assert kept.idle_until == between + limits.pages.idle
    assert await sessions.find(program.token, between) is None
    await sessions.sweep(between)
    assert await auth.count("sessions", "origin = 'api'") == 0
    assert await auth.count("sessions") == 1


async def test_a_click_moves_the_idle_limit_of_an_open_session(auth: Auth) -> None:
    entry, at = await _enter(auth, "individual"), now()
    sessions = Sessions(auth.pool, auth.parts.sign_on.limits)
    idle = auth.parts.sign_on.limits.pages.idle
    for clicked_at in (at + idle * 0.9, at + idle * 1.8):
        found = await sessions.find(entry.token, clicked_at)
        assert found is not None
        assert found.idle_until == clicked_at + idle


async def test_a_click_after_the_idle_limit_revives_nothing(auth: Auth) -> None:
    entry, at = await _enter(auth, "individual"), now()
    sessions = Sessions(auth.pool, auth.parts.sign_on.limits)
    late = at + auth.parts.sign_on.limits.pages.idle * 1.1
    assert await sessions.find(entry.token, late) is None
    assert await sessions.find(entry.token, late) is None


async def test_other_sessions_of_an_account_are_ended(auth: Auth) -> None:
    tokens = [(await _enter(auth, "individual")).token for _ in range(3)]
    await _enter(auth, "legacy")
    mine = await auth.parts.sign_on.session(tokens[0])
    assert mine is not None
    assert len(await auth.parts.sign_on.sessions_of(mine.filer)) == 3
    assert await auth.parts.sign_on.end_others(mine) == 2
    assert [each.token_hash for each in await auth.parts.sign_on.sessions_of(mine.filer)] == [mine.token_hash]
    assert await auth.count("sessions") == 2
    assert (await _acts(auth))[-1] == "session-ended"


async def test_proving_again_moves_the_proof_alone(auth: Auth) -> None:
    token = (await _enter(auth, "individual")).token
    async with acquired(auth.pool) as connection:
        await connection.execute("UPDATE auth.sessions SET proved_at = proved_at - interval '2 hours'")
    before = await auth.parts.sign_on.session(token)
    assert before is not None
    with pytest.raises(SignInRefused):
        await auth.parts.sign_on.prove_again(before, Reproof(password="wrong"), client=CLIENT)
    assert await auth.parts.sign_on.session(token) == before
    await auth.parts.sign_on.prove_again(before, Reproof(password=PASSWORD), client=CLIENT)
    after = await auth.parts.sign_on.session(token)
    assert after is not None
    assert before.proved_at is not None
    assert after.proved_at is not None
    assert after.proved_at - before.proved_at > timedelta(hours=1)
    assert (await _acts(auth))[-1] == "proved-again"


async def test_redaction_is_acknowledged_once_for_a_session(auth: Auth) -> None:
    token = (await _enter(auth, "individual")).token
    session = await auth.parts.sign_on.session(token)
    assert session is not None
    await auth.parts.sign_on.acknowledge_redaction(session, "UTBK")
    again = await auth.parts.sign_on.session(token)
    assert again is not None
    assert again.redaction_acknowledged
    assert (await _acts(auth))[-1] == "redaction-acknowledged"


async def test_place_where_an_account_signed_in_is_known(auth: Auth) -> None:
    for _ in range(2):
        await _enter(auth, "individual")
    check = auth.parts.sign_on.check
    elsewhere = Client("198.51.100.7")
    for _ in range(2):
        with pytest.raises(SignInRefused):
            await check.password(
                Credentials("individual", "wrong"), court_id=None, client=elsewhere, origin=Origin.PAGES
            )
    assert await auth.count("known_places") == 1


async def test_half_signed_in_place_is_not_known_yet(auth: Auth) -> None:
    async with acquired(auth.pool) as connection:
        await connection.execute(
            """INSERT INTO auth.factors (factor_id, pacer_account, kind, label, secret, created_at, confirmed_at)
               SELECT gen_random_uuid(), pacer_account, 'totp', 'Phone', ''::bytea, now(), now()
                 FROM auth.pacer_accounts WHERE login = 'individual'"""
        )
    entry = await _enter(auth, "individual")
    assert entry.stage is Stage.FACTOR_DUE
    assert await auth.count("known_places") == 0
    assert await _acts(auth) == []
    with pytest.raises(SignInRefused):
        await _enter(auth, "individual", origin=Origin.API, redact=True)
    with pytest.raises(SignInRefused):
        await _enter(auth, "individual", origin=Origin.API, redact=True, otp_code="123456")
    assert await auth.count("sessions", "origin = 'api'") == 0
