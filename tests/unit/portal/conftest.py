"""The pages around a stand-in, reached as an HTTP client reaches them but without a socket."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import httpx
import pytest
from pydantic import SecretStr
from starlette.types import ASGIApp

from services.auth.portal.app import portal
from services.auth.portal.feature import Feature
from services.contract.proof import KeyRing
from services.ops.demo.browser import Browser
from tests.unit.portal.inside import CMECF_LOGIN, CMECF_PASSWORD, NOW, PASSWORD, USERNAME, Inside, Registry

ORIGIN = "http://testserver"


@dataclass(frozen=True)
class Settings:
    public_url: str = ORIGIN
    form_secret: SecretStr = field(default_factory=lambda: SecretStr("0123456789abcdef0123456789abcdef"))
    demo: bool = False
    mail_stays_here: bool = False
    trusted_proxies: str = ""
    pacer_verifier: str = "own"
    session_idle_s: int = 1800
    prove_again_after_s: int = 3600
    body_s_max: float = 10.0


class InProcess(httpx.BaseTransport):
    """Carries a request to an ASGI app on a loop of its own."""

    def __init__(self, app: ASGIApp, *, raising: bool) -> None:
        self._carrier = httpx.ASGITransport(app, raise_app_exceptions=raising, client=("192.0.2.1", 50_000))
        self._runner = asyncio.Runner()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._runner.run(self._answer(request))

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        answer = await self._carrier.handle_async_request(request)
        return httpx.Response(answer.status_code, headers=answer.headers, content=await answer.aread())

    def close(self) -> None:
        self._runner.close()


@pytest.fixture
def inside() -> Inside:
    return Inside()


@pytest.fixture
def serve(inside: Inside) -> Iterator[Callable[..., httpx.Client]]:
    """Return the portal's client; its arguments are settings. `raising=False`: a crash is answered as in service."""
    clients: list[httpx.Client] = []

    def client(
        *,
        raising: bool = True,
        features: Sequence[Feature] = (),
        replays: KeyRing | None = None,
        **settings: object,
    ) -> httpx.Client:
        shown = Settings(**settings)  # type: ignore[arg-type]
        app = portal(inside, inside, Registry(), shown, now=lambda: NOW, features=features, replays=replays)
        clients.append(
            httpx.Client(transport=InProcess(app, raising=raising), base_url=shown.public_url, follow_redirects=True)
        )
        return clients[-1]

    yield client
    for opened in clients:
        opened.close()


@pytest.fixture
def http(serve: Callable[..., httpx.Client]) -> httpx.Client:
    return serve()


@pytest.fixture
def signed(http: httpx.Client) -> Browser:
    """A filer on the menu page."""
    browser = Browser(http, "/UTBK/sign-in")
    browser.submit("Login", {"username": USERNAME, "password": PASSWORD})
    return browser


@pytest.fixture
def acknowledged(signed: Browser) -> Browser:
    """A filer who is asked for CM/ECF login and password."""
    signed.open("/UTBK/link")
    signed.submit("Continue", tick="own_account")
    return signed


@pytest.fixture
def asked(acknowledged: Browser) -> Browser:
    """A filer who is asked whether to link."""
    acknowledged.submit("Submit", {"cmecf_login": CMECF_LOGIN, "cmecf_password": CMECF_PASSWORD})
    return acknowledged
