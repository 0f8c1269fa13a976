"""The sign-on API: a filing program signs in and out as it does at PACER, with its base address changed.

A program carries its credentials in the body, so no cookie is read here and no form token is asked for: no page of
another site can act for somebody who is signed in.
"""

from collections.abc import Awaitable, Callable
from math import ceil
from typing import Final

from limits import RateLimitItemPerMinute
from limits.strategies import MovingWindowRateLimiter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from services.auth.api import answers
from services.auth.api.bodies import ApiFault, Fields, fields_of
from services.auth.api.credentials import credentials_of, is_token
from services.auth.api.formats import wanted
from services.auth.api.models import CsoAuth, CsoLogout, read
from services.auth.api.openapi import document
from services.auth.api.turns import Turns
from services.auth.portal.cookies import Cookies
from services.auth.portal.door import Door
from services.auth.portal.ports import (
    Busy,
    Client,
    Origin,
    SignInBarred,
    SignInRefused,
    SignOn,
    Stage,
    Throttled,
    VerifierDown,
)
from services.auth.portal.screens import Screens
from services.auth.protection.windows import BoundedWindows
from services.auth.settings import AuthSettings
from services.auth.signon.attempts import address_prefix
from services.runtime.clock import Clock
from services.runtime.faults import Transient

AUTH_PATH: Final = "/services/cso-auth"
LOGOUT_PATH: Final = "/services/cso-logout"
DOCUMENT_PATH: Final = "/services/openapi.json"
RETRY_AFTER_S: Final = 5
_AGAIN: Final = "Nothing was changed. Wait as long as Retry-After says, then send the request again."

_Act = Callable[[Request, Fields, Client], Awaitable[Response]]


class Api:
    """The addresses of the API, a part of the portal."""

    def __init__(self, sign_on: SignOn, settings: AuthSettings, clock: Clock) -> None:
        self._sign_on = sign_on
        self._settings = settings
        self._clock = clock
        self._cookies = Cookies(secure=settings.public_url.startswith("https://"))
        self._windows = MovingWindowRateLimiter(BoundedWindows(lambda: clock().timestamp()))
        self._turns = Turns(settings.throttle_failures)
        self._per_address = RateLimitItemPerMinute(settings.api_per_minute, namespace="api")

    def routes(self, door: Door, screens: Screens) -> list[BaseRoute]:  # noqa: ARG002 - what every part is given
        """Return the API's addresses; none where API_ENABLED is false."""
        if not self._settings.api_enabled:
            return []
        return [
            Route(AUTH_PATH, door.bare(self._answered(self._sign_in)), methods=["POST"]),
            Route(LOGOUT_PATH, door.bare(self._answered(self._sign_out)), methods=["POST"]),
            Route(DOCUMENT_PATH, door.bare(_document)),
        ]

    def _answered(self, act: _Act) -> Callable[[Request, Client], Awaitable[Response]]:
        async def handler(request: Request, client: Client) -> Response:
            media_type = wanted(request.headers)
            try:
                self._count(client)
                return await act(request, await fields_of(request, self._settings.body_s_max), client)
            except ApiFault as fault:
                return answers.failed(media_type, fault.description, status=fault.status)
            except Throttled as throttled:
                description = f"Too many wrong tries, or too many at once. {_AGAIN}"
                response = answers.failed(media_type, description, status=429, retry_after_s=throttled.retry_after_s)
                if throttled.ticket:
                    response.headers[answers.TICKET_HEADER] = throttled.ticket
                return response
            except (Busy, VerifierDown) as down:
                return _later(media_type, down.retry_after_s)
            except Transient:
                return _later(media_type, RETRY_AFTER_S)

        return handler

    def _count(self, client: Client) -> None:
        prefix = address_prefix(client.address)
        if not self._windows.hit(self._per_address, prefix):
            frees_at = self._windows.get_window_stats(self._per_address, prefix).reset_time
            raise Throttled(max(1, ceil(frees_at - self._clock().timestamp())))

    async def _sign_in(self, request: Request, fields: Fields, client: Client) -> Response:
        """POST /services/cso-auth."""
        media_type = wanted(request.headers)
        credentials = credentials_of(read(CsoAuth, fields))
        if credentials is None:
            return answers.refused(media_type)
        try:
            async with self._turns.turn(f"{address_prefix(client.address)}|{credentials.login}"):
                entry = await self._sign_on.enter(
                    credentials,
                    court_id=None,
                    client=client,
                    origin=Origin.API,
                    ticket=request.headers.get(answers.TICKET_HEADER, ""),
                )
        except SignInRefused:
            return answers.refused(media_type)
        except SignInBarred as barred:
            return answers.barred(media_type, barred.barrier)
        assert entry.stage in {Stage.FULL, Stage.ENROL_OFFERED}, "a token is given for a whole sign-in alone"
        return answers.signed_in(media_type, entry.token, entry.warning, self._cookies)

    async def _sign_out(self, request: Request, fields: Fields, _: Client) -> Response:
        """POST /services/cso-logout: ends this one token; one that had ended before is answered alike."""
        token = read(CsoLogout, fields).next_gen_cso
        if not is_token(token):
            return answers.failed(wanted(request.headers), answers.TOKEN_MALFORMED)
        await self._sign_on.sign_out(token)
        return answers.signed_out(wanted(request.headers))


async def _document(_: Request, __: Client) -> Response:
    """GET /services/openapi.json."""
    return JSONResponse(document())


def _later(media_type: str, retry_after_s: int) -> Response:
    return answers.failed(media_type, f"The service is busy. {_AGAIN}", status=503, retry_after_s=retry_after_s)
