"""The client of a remote sign-on: one request a sign-in, bounded in time and size, repeated only if nothing was sent.

Passwords and tokens stand in no exception and no log: what goes wrong is told by the name of the fault alone.
"""

import asyncio
import json
import re
import ssl
from typing import Final, NamedTuple

import httpx

from services.auth.api.models import SIGNED_IN
from services.auth.api.settings import ApiSettings
from services.auth.portal.ports import Busy, Client, Credentials, Throttled
from services.auth.signon.remote.breaker import Unreachable

CONNECT_S_MAX: Final = 2.0
CONNECTION_COUNT_MAX: Final = 50
ANSWER_BYTES_MAX: Final = 64 * 1024
RETRY_AFTER_S: Final = 5
"""Where it is busy and does not say for how long."""
RETRY_AFTER_S_MAX: Final = 300
_TICKET_HEADER: Final = "X-SIGN-ON-TICKET"
_TICKET: Final = re.compile(r"[!-~]{1,400}")
_OK: Final = 200
_TOO_MANY: Final = 429
_UNAVAILABLE: Final = 503


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
        self._forwards_address = settings.sign_on_forward_address
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

    async def sign_in(self, credentials: Credentials, *, client: Client, ticket: str = "") -> Answer:
        """Ask whether credentials are right. Raises Unreachable, Busy, or Throttled with a ticket to bring back."""
        asked = {"loginId": credentials.login, "password": credentials.password, "redactFlag": "1"}
        asked |= {"clientCode": credentials.client_code} if credentials.client_code else {}
        asked |= {"otpCode": credentials.otp_code} if credentials.otp_code else {}
        headers = self._headers(client) | ({_TICKET_HEADER: ticket} if _TICKET.fullmatch(ticket) else {})
        return _read(await self._post("/services/cso-auth", asked, headers))

    async def sign_out(self, token: str, *, client: Client) -> None:
        """End a token. Raises Unreachable or Busy."""
        await self._post("/services/cso-logout", {"nextGenCSO": token}, self._headers(client))

    async def close(self) -> None:
        """End the connections."""
        await self._http.aclose()

    def _headers(self, client: Client) -> dict[str, str]:
        # The zone of an IPv6 address means something on this host alone.
        return {"X-Forwarded-For": client.address.partition("%")[0]} if self._forwards_address else {}

    async def _post(self, path: str, fields: dict[str, str], headers: dict[str, str]) -> bytes:
        try:
            async with asyncio.timeout(self._timeout_s):
                try:
                    return await self._once(path, fields, headers)
                except (httpx.ConnectError, httpx.ConnectTimeout):  # nothing was sent
                    return await self._once(path, fields, headers)
        except TimeoutError:
            raise Unreachable(f"no answer within {self._timeout_s:g} seconds") from None
        except httpx.HTTPError as error:
            # Its request holds the password: only its name goes on.
            raise Unreachable(type(error).__name__) from None

    async def _once(self, path: str, fields: dict[str, str], headers: dict[str, str]) -> bytes:
        body = bytearray()
        async with self._http.stream("POST", path, json=fields, headers=headers) as response:
            _pass(response.status_code, response.headers)
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > ANSWER_BYTES_MAX:
                    raise Unreachable(f"an answer of more than {ANSWER_BYTES_MAX} bytes")
        return bytes(body)


def _pass(status: int, headers: httpx.Headers) -> None:
    """Raise for what is no answer: Busy or Throttled where another try helps, else Unreachable."""
    if status == _TOO_MANY or (status == _UNAVAILABLE and "Retry-After" in headers):
        ticket = headers.get(_TICKET_HEADER, "")
        wait_s = _retry_after_s(headers)
        raise Throttled(wait_s, ticket) if _TICKET.fullmatch(ticket) else Busy(wait_s)
    if status != _OK:
        raise Unreachable(f"status {status}")


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
    return min(RETRY_AFTER_S_MAX, max(1, int(text[:6]))) if text.isascii() and text.isdigit() else RETRY_AFTER_S
