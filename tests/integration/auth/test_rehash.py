"""Hashing anew: after the first right password an account of another system has a hash of ours, and nobody notices."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import orjson
import pytest

from services.auth.portal.ports import CmecfRefused, SignInRefused
from services.auth.signon.hashes import stale
from services.auth.signon.rehash import PacerKey, Rehash
from services.runtime.database import acquired
from tests.backends.deployment import Deployment
from tests.integration.auth.command import ecflink
from tests.integration.auth.conftest import CLIENT, PASSWORD, Auth, joined
from tests.integration.auth.people import bring_in, hash_of

_FOREIGN = ("bcrypt", "pbkdf2_sha256", "pbkdf2_sha512", "scrypt")


@pytest.fixture(autouse=True)
async def people(auth: Auth) -> None:
    await bring_in(auth.pool)


def _rehash(auth: Auth) -> Rehash:
    rehash = auth.parts.sign_on.check.rehash
    assert rehash is not None
    return rehash


@asynccontextmanager
async def _working(*auths: Auth) -> AsyncGenerator[None]:
    tasks = [asyncio.create_task(_rehash(auth).run()) for auth in auths]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _row(auth: Auth, login: str) -> tuple[str, int]:
    async with acquired(auth.pool) as connection:
        row = await connection.fetchrow(
            "SELECT password_hash, verifier_version FROM auth.pacer_accounts WHERE login = $1", login
        )
    assert row is not None
    return row["password_hash"], row["verifier_version"]


def _outcomes(auth: Auth) -> dict[str, float]:
    (family,) = [each for each in auth.health.registry.collect() if each.name == "ecflink_auth_rehashes"]
    return {each.labels["outcome"]: each.value for each in family.samples if each.name.endswith("_total")}


@pytest.mark.parametrize("scheme", _FOREIGN)
async def test_first_sign_in_brings_a_hash_of_ours(auth: Auth, scheme: str) -> None:
    assert stale((await _row(auth, scheme))[0])
    async with _working(auth):
        await auth.session(scheme)
        await auth.until("security_acts", "act = 'password-rehashed'")
    password_hash, version = await _row(auth, scheme)
    assert not stale(password_hash)
    assert version == 1
    assert (await auth.session(scheme)).filer.login == scheme
    assert await auth.count("pacer_accounts", "brought_hash IS NOT NULL") == 1
    with pytest.raises(SignInRefused):
        await auth.parts.sign_on.sign_in(scheme, PASSWORD + "x", client_code="", court_id=None, client=CLIENT)


async def test_wrong_password_is_not_hashed(auth: Auth) -> None:
    with pytest.raises(SignInRefused):
        await auth.parts.sign_on.sign_in("bcrypt", "wrong", client_code="", court_id=None, client=CLIENT)
    async with _working(auth):
        await auth.session("scrypt")
        await auth.until("security_acts", "act = 'password-rehashed'")
    assert stale((await _row(auth, "bcrypt"))[0])


async def test_two_processes_hash_once(auth: Auth, deployment: Deployment) -> None:
    async with joined(deployment) as other:
        await asyncio.gather(auth.session("bcrypt"), other.session("bcrypt"))
        async with _working(auth, other):
            while sum(_outcomes(auth).values()) + sum(_outcomes(other).values()) < 2:  # noqa: ASYNC110 - no event
                await asyncio.sleep(0.02)
        counted = [_outcomes(auth), _outcomes(other)]
    assert sorted(outcome for each in counted for outcome, count in each.items() if count) == ["done", "overtaken"]
    assert await auth.count("security_acts", "act = 'password-rehashed'") == 1


async def test_proven_cmecf_account_is_hashed_anew_and_its_form_stays_good(auth: Auth) -> None:
    session = await auth.session()
    async with _working(auth):
        form = await auth.form(session, "pbkdf2_sha512")
        await auth.until("security_acts", "act = 'password-rehashed' AND court_id = 'UTBK'")
    assert await auth.count("cmecf_accounts", "login = 'pbkdf2_sha512' AND password_hash LIKE '$argon2id$%'") == 1
    await auth.parts.linking.confirm(session, auth.court, form, client=CLIENT)
    assert await auth.count("security_acts", "act = 'link-confirmed'") == 1


async def test_same_import_after_it_changes_nothing(auth: Auth, deployment: Deployment, tmp_path: Path) -> None:
    (brought,) = [(await _row(auth, "scrypt"))[0]]
    async with _working(auth):
        await auth.session("scrypt")
        await auth.until("security_acts", "act = 'password-rehashed'")
    ours = await _row(auth, "scrypt")
    row = {"kind": "pacer", "account_number": "7300012", "login": "scrypt", "name": "Scrypt", "upgraded": True}
    path = tmp_path / "people.jsonl"
    path.write_bytes(orjson.dumps(row | {"email": "scrypt@example.org", "password_hash": brought}))
    answer = await ecflink(deployment.env("auth"), "accounts", "import", str(path))
    assert answer == (0, "0 accounts created, 1 updated\n", "")
    assert await _row(auth, "scrypt") == ours
    assert await auth.count("sessions") == 1
    path.write_bytes(orjson.dumps(row | {"email": "scrypt@example.org", "password_hash": hash_of("scrypt", "Other")}))
    await ecflink(deployment.env("auth"), "accounts", "import", str(path))
    assert (await _row(auth, "scrypt"))[1] == 2
    assert await auth.count("sessions") == 0


async def test_queue_is_bounded_and_holds_no_account_twice(auth: Auth) -> None:
    rehash, old = _rehash(auth), hash_of("bcrypt")
    for number in range(150):
        rehash.offer(PacerKey(str(number // 2)), old, PASSWORD)
    assert _outcomes(auth) == {}
    for number in range(75, 130):
        rehash.offer(PacerKey(str(number)), old, PASSWORD)
    assert _outcomes(auth) == {"dropped": 30.0}
    assert PASSWORD not in repr(rehash)


async def test_unknown_cmecf_login_is_refused(auth: Auth) -> None:
    with pytest.raises(CmecfRefused):
        await auth.form(await auth.session(), "remote-only")
