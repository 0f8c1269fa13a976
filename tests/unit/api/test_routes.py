"""The API's addresses around a stand-in that refuses in each way that sign-on can: status, headers, texts."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from services.auth.api.openapi import document
from services.auth.api.routes import Api
from services.auth.portal.app import portal
from services.auth.portal.ports import (
    Barrier,
    Busy,
    Client,
    Credentials,
    Entry,
    Origin,
    SignInBarred,
    Throttled,
    VerifierDown,
)
from services.auth.settings import AuthSettings
from services.runtime.faults import Transient
from services.runtime.settings import load
from tests.unit.portal.conftest import InProcess
from tests.unit.portal.inside import NOW, PASSWORD, USERNAME, Inside, Registry

AUTH = "/services/cso-auth"
GIVEN = {"loginId": USERNAME, "password": PASSWORD, "redactFlag": "1"}
Serve = Callable[..., httpx.Client]


class Watch:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.moment = NOW

    def __call__(self) -> datetime:
        return self.moment


class Tokens(Inside):
    """Gives tokens as the API's are."""

    async def enter(
        self,
        credentials: Credentials,
        *,
        court_id: str | None,
        client: Client,
        origin: Origin = Origin.PAGES,
        ticket: str = "",
    ) -> Entry:
        entry = await super().enter(credentials, court_id=court_id, client=client, origin=origin, ticket=ticket)
        return replace(entry, token="a" * 128)


@pytest.fixture
def inside() -> Inside:
    return Tokens()


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def serve(inside: Inside, watch: Watch) -> Iterator[Serve]:
    clients: list[httpx.Client] = []

    def client(**more: object) -> httpx.Client:
        told = {
            "kafka_bootstrap_servers": "127.0.0.1:1",
            "database_url": "postgresql://nobody@127.0.0.1:1/none",
            "database_password": "p" * 12,
            "proof_keys": f"k1:{'0f' * 32}",
            "form_secret": "f" * 40,
            "factor_secret": "a" * 40,
            "public_url": "http://testserver",
        }
        settings = load(AuthSettings, **told | more)
        api = Api(inside, settings, watch)
        app = portal(inside, inside, Registry(), settings, now=watch, features=[api])
        clients.append(httpx.Client(transport=InProcess(app, raising=True), base_url=settings.public_url))
        return clients[-1]

    yield client
    for opened in clients:
        opened.close()


def told(response: httpx.Response) -> dict[str, str]:
    found: dict[str, str] = response.json()
    return found


@pytest.mark.parametrize(
    "trouble,status,retry_after",
    [
        (Busy(3), 503, "3"),
        (VerifierDown(9), 503, "9"),
        (Transient("the database does not answer"), 503, "5"),
        (Throttled(7), 429, "7"),
    ],
)
def test_trouble_is_told_with_a_wait(
    inside: Inside, serve: Serve, trouble: Exception, status: int, retry_after: str
) -> None:
    inside.raises["enter"] = trouble
    response = serve().post(AUTH, json=GIVEN)
    assert (response.status_code, response.headers["retry-after"]) == (status, retry_after)
    assert told(response)["loginResult"] == "1"
    assert not {"set-cookie", "x-next-gen-cso"} & set(response.headers)


def test_a_ticket_goes_out_and_comes_back(inside: Inside, serve: Serve) -> None:
    http = serve()
    inside.raises["enter"] = Throttled(7, "a-signed-ticket")
    ticket = http.post(AUTH, json=GIVEN).headers["x-sign-on-ticket"]
    inside.raises.clear()
    assert told(http.post(AUTH, json=GIVEN, headers={"X-SIGN-ON-TICKET": ticket}))["loginResult"] == "0"
    assert inside.tickets == ["a-signed-ticket"]


@pytest.mark.parametrize(
    "barrier,begins",
    [
        (Barrier.PACER_DISABLED, "Sign-in failed: your current account has been disabled"),
        (Barrier.REDACTION_NOT_ACKED, "All filers must redact: "),
        (Barrier.FACTOR_REQUIRED, "A second factor must be enrolled first"),
        (Barrier.PACER_IS_PAA, "Sign-in failed: this account may not sign in here"),
    ],
)
def test_barriers_are_told_as_1(inside: Inside, serve: Serve, barrier: Barrier, begins: str) -> None:
    inside.raises["enter"] = SignInBarred(barrier)
    response = serve().post(AUTH, json=GIVEN)
    assert response.status_code == 200
    assert told(response)["loginResult"] == "1"
    assert told(response)["errorDescription"].startswith(begins)


def test_each_address_has_its_share_of_a_minute(serve: Serve, watch: Watch) -> None:
    http = serve(api_per_minute=3)
    assert [http.post(AUTH, json=GIVEN).status_code for _ in range(3)] == [200] * 3
    over = http.post("/services/cso-logout", json={"nextGenCSO": "f" * 128})
    assert over.status_code == 429
    assert 1 <= int(over.headers["retry-after"]) <= 60
    watch.moment += timedelta(seconds=61)
    assert http.post(AUTH, json=GIVEN).status_code == 200


@pytest.mark.parametrize("public_url,secure", [("https://ecf.example.org", True), ("http://testserver", False)])
def test_the_cookie_is_secure_under_https(serve: Serve, public_url: str, *, secure: bool) -> None:
    cookie = serve(public_url=public_url).post(AUTH, json=GIVEN).headers["set-cookie"]
    assert cookie.startswith("NextGenCSO=")
    assert ("Secure" in cookie) is secure
    assert "Domain" not in cookie


def test_an_api_that_is_switched_off_is_not_there(serve: Serve) -> None:
    http = serve(api_enabled=False)
    assert http.post(AUTH, json=GIVEN).status_code == 404
    assert http.get("/services/openapi.json").status_code == 404


def test_the_document_names_every_status_and_field() -> None:
    made: dict[str, Any] = document()
    assert set(made["paths"][AUTH]["post"]["responses"]) == {"200", "400", "408", "413", "415", "429", "503"}
    assert set(made["components"]["schemas"]["CsoAuth"]["properties"]) == {
        "loginId", "password", "clientCode", "otpCode", "redactFlag",
    }  # fmt: skip
