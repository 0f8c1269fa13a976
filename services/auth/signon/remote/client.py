"""The client of a remote sign-on: one request a sign-in, bounded in time and size, repeated only if nothing was sent.

Passwords and tokens stand in no exception and no log: what goes wrong is told by the name of the fault alone.
"""

import asyncio
import json
import ssl
from typing import Final, NamedTuple

import httpx

from services.auth.api.models import SIGNED_IN
from services.auth.api.settings import ApiSettings
from services.auth.portal.ports import Busy, Credentials
from services.auth.signon.remote.breaker import Unreachable

CONNECT_S_MAX: Final = 2.0
CONNECTION_COUNT_MAX: Final = 50
ANSWER_BYTES_MAX: Final = 64 * 1024
RETRY_AFTER_S_MAX: Final = 300
_TICKET_HEADER: Final = "X-SIGN-ON-TICKET"
_OK: Final = 200
_TOO_MANY: Final = 429


class Answer(NamedTuple):
    """What the remote sign-on said. `token` is empty where it gave none."""

    result: str
    token: str
    description: str

    @property
    def signed_in(self) -> bool:
        """Whether it accepted the credentials."""
        return self.result == SIGNED_IN


class SignOnClient:
    """One per process; `close` ends its connections."""

    def __init__(self, settings: ApiSettings) -> None:
        self._timeout_s = settings.sign_on_timeout_s
        ca_path = settings.sign_on_ca_path
        self._http = httpx.AsyncClient(
            base_url=settings.sign_on_url,
            verify=ssl.create_default_context(cafile=None if ca_path is None else str(ca_path)),
            timeout=httpx.Timeout(self._timeout_s, connect=CONNECT_S_MAX),
            limits=httpx.Limits(max_connections=CONNECTION_COUNT_MAX, max_keepalive_connections=CONNECTION_COUNT_MAX),
            headers={"Accept": "application/json", "User-Agent": "ecflink"},
            follow_redirects=False,
            trust_env=False,
        )

    async def sign_in(self, credentials: Credentials) -> Answer:
        """Ask whether credentials are right. Raises Unreachable, or Busy where this one account was tried too often."""
        asked = {"loginId": credentials.login, "password": credentials.password, "redactFlag": "1"}
        asked |= {"clientCode": credentials.client_code} if credentials.client_code else {}
        asked |= {"otpCode": credentials.otp_code} if credentials.otp_code else {}
        return _read(await self._post("/services/cso-auth", asked))

    async def sign_out(self, token: str) -> None:
        """End a token. Raises Unreachable."""
        await self._post("/services/cso-logout", {"nextGenCSO": token})

    async def close(self) -> None:
        """End the connections."""
        await self._http.aclose()

    async def _post(self, path: str, fields: dict[str, str]) -> bytes:
        try:
            async with asyncio.timeout(self._timeout_s):
                try:
                    return await self._once(path, fields)
                except (httpx.ConnectError, httpx.ConnectTimeout):  # nothing was sent
                    return await self._once(path, fields)
        except TimeoutError:
            raise Unreachable(f"no answer within {self._timeout_s:g} seconds") from None
        except httpx.HTTPError as error:
            # Its request holds the password: only its name goes on.
            raise Unreachable(type(error).__name__) from None

    async def _once(self, path: str, fields: dict[str, str]) -> bytes:
        body = bytearray()
        async with self._http.stream("POST", path, json=fields) as response:
            if response.status_code == _TOO_MANY and _TICKET_HEADER in response.headers:
                raise Busy(_retry_after_s(response.headers))
            if response.status_code != _OK:
                raise Unreachable(f"status {response.status_code}")
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > ANSWER_BYTES_MAX:
                    raise Unreachable(f"an answer of more than {ANSWER_BYTES_MAX} bytes")
        return bytes(body)


def _read(body: bytes) -> Answer:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if isinstance(found, dict) and isinstance(found.get("CsoAuth"), dict):
        found = found["CsoAuth"]
    if not isinstance(found, dict) or not isinstance(found.get("loginResult"), str):
        raise Unreachable("an answer without loginResult")
    return Answer(found["loginResult"], str(found.get("nextGenCSO") or ""), str(found.get("errorDescription") or ""))


def _retry_after_s(headers: httpx.Headers) -> int:
    text = headers.get("Retry-After", "")
    return min(RETRY_AFTER_S_MAX, max(1, int(text[:6]))) if text.isascii() and text.isdigit() else 1
