"""Two deployments, each with a database of its own: the second asks the first whether a password is right."""

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import asyncpg
import httpx
import pyotp
import pytest

from services.ops.demo.browser import Browser, client
from services.ops.demo.people import SEED_LOGIN, people
from services.ops.demo.walk import walk
from tests.backends.databases import Databases
from tests.backends.servers import Backend
from tests.integration.api.calls import AUTH, Caller, carries_no_token, told_by
from tests.integration.api.conftest import TRUSTING, system_of
from tests.integration.api.people import CHAINED, FILER, OTHERS, OTP_SEED, PASSWORD, VIEWER
from tests.system import System

ALEX = people()[SEED_LOGIN]
BREAKER_S = 3
_WAIT_S_MAX = 20.0
_NO_PASSWORDS = "UPDATE auth.pacer_accounts SET password_hash = NULL"
_FORGET = "DELETE FROM auth.pacer_accounts WHERE login = $1"
_PLACES = """
SELECT address_prefix FROM auth.known_places JOIN auth.pacer_accounts USING (pacer_account)
 WHERE login = $1 AND address_prefix = '198.51.100.0/24'"""
_TOKENS = "SELECT count(*) FROM auth.sessions WHERE origin = 'api' AND pacer_account = '111111'"


@dataclass(frozen=True)
class Chain:
    """`first` has the passwords; `second` has none of its own, and asks `first`."""

    first: System
    second: System

    def log(self) -> str:
        return (self.second.folder / "auth.log").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def chain(
    served: System, backend: Backend, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Chain]:
    """Made once: a test that breaks it mends it."""
    remote = {"PACER_VERIFIER": "remote", "SIGN_ON_URL": served.url, "SIGN_ON_FORWARD_ADDRESS": "true"} | TRUSTING
    breaker = {"SIGN_ON_BREAKER_FAILURES": "2", "SIGN_ON_BREAKER_S": str(BREAKER_S)}
    with system_of(backend, databases, tmp_path_factory.mktemp("chain"), **remote, **breaker) as second:
        fetch(second, _NO_PASSWORDS)
        fetch(second, _FORGET, VIEWER)
        second.start("auth", "linker")
        yield Chain(served, second)


def test_a_walk_to_the_receipt_with_a_password_that_only_the_first_has(chain: Chain) -> None:
    with client(chain.second.url) as http:
        result = walk(http, ALEX)
    assert result.facts["Transaction Status"] == "Processed"
    # What the first gave is used for nothing and given back.
    until(lambda: fetch(chain.first, _TOKENS)[0][0] == 0)


def test_the_first_counts_a_filer_under_the_filers_own_address(chain: Chain) -> None:
    with client(chain.second.url) as http:
        http.headers["X-Forwarded-For"] = "198.51.100.7"
        assert signing_in(http, FILER, PASSWORD).status == 200
    assert [row["address_prefix"] for row in fetch(chain.first, _PLACES, FILER)] == ["198.51.100.0/24"]


def test_refusals_are_the_seconds_own(chain: Chain) -> None:
    with client(chain.second.url) as http:
        wrong = signing_in(http, ALEX.pacer_login, "wrong")
        unknown = signing_in(http, VIEWER, PASSWORD)
        assert (wrong.status, unknown.status) == (403, 403)
        assert wrong.page.text.replace(ALEX.pacer_login, "") == unknown.page.text.replace(VIEWER, "")
    assert chain.log().count('"sign-on.unknown-account"') == 1


def test_a_passcode_goes_through(chain: Chain) -> None:
    with httpx.Client(base_url=chain.second.url) as http:
        caller = Caller(http)
        fields = {"loginId": CHAINED, "password": PASSWORD, "redactFlag": "1"}
        assert told_by(caller.json(AUTH, **fields))["loginResult"] == "13"
        code = pyotp.TOTP(OTP_SEED).now()
        assert told_by(caller.json(AUTH, **fields, otpCode=code))["loginResult"] == "0"


@pytest.mark.thorough
def test_the_first_is_killed_and_comes_back(chain: Chain) -> None:
    role = chain.first.roles["auth"]
    with client(chain.second.url) as http, httpx.Client(base_url=chain.second.url) as program:
        role.kill()
        try:
            page = signing_in(http, FILER, PASSWORD)
            assert page.status == 503
            assert int(page.headers["retry-after"]) >= 1
            page.expect("PACER")
            # Each of another account: the limits of one account count a try that has no answer.
            answers = [
                Caller(program).json(AUTH, loginId=login, password=PASSWORD, redactFlag="1") for login in OTHERS[:5]
            ]
            assert {answer.status_code for answer in answers} == {503}
            assert all(int(answer.headers["retry-after"]) >= 1 and carries_no_token(answer) for answer in answers)
            # Two failures in a row; after them nobody was sent there.
            assert chain.log().count('"sign-on.unreachable"') == 2
            assert chain.log().count('"sign-on.given-up"') == 1
        finally:
            role.start()
        until(lambda: signing_in(http, FILER, PASSWORD).status != 503, every_s=1.0)
        assert chain.log().count('"sign-on.back"') == 1
        signed_in = {"loginId": FILER, "password": PASSWORD, "redactFlag": "1"}
        until(lambda: told_by(Caller(program).json(AUTH, **signed_in))["loginResult"] == "0", every_s=1.0)


def signing_in(http: httpx.Client, login: str, password: str) -> Browser:
    http.cookies.clear()
    browser = Browser(http, "/UTBK/sign-in")
    browser.submit("Login", {"username": login, "password": password})
    return browser


def until(done: Callable[[], bool], every_s: float = 0.1) -> None:
    deadline = time.monotonic() + _WAIT_S_MAX
    while not done():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(every_s)


def fetch(system: System, statement: str, *values: object) -> list[asyncpg.Record]:
    async def run() -> list[asyncpg.Record]:
        connection = await asyncpg.connect(system.deployment.database.owner_url)
        try:
            rows: list[asyncpg.Record] = await connection.fetch(statement, *values)
            return rows
        finally:
            await connection.close()

    return asyncio.run(run())
