"""Verifies PACER credentials at a remote sign-on: the national one, or another ecflink.

Its answer is the whole proof, second factor included. The token that it gives is used for nothing and ended at once.
"""

import asyncio
from typing import Final

from services.auth.api.settings import ApiSettings
from services.auth.portal.ports import Busy, Client, Credentials, VerifierDown
from services.auth.signon.accounts import PacerAccount
from services.auth.signon.remote.breaker import Breaker, Open, Unreachable
from services.auth.signon.remote.client import SignOnClient
from services.auth.signon.verifiers import Proof
from services.runtime.health import Health
from services.runtime.log import log

RETRY_AFTER_S: Final = 5
SIGN_OUT_COUNT_MAX: Final = 50
WARNING_LENGTH_MAX: Final = 300
_PART: Final = "sign-on"


class RemoteVerifier:
    """Implements `Verifier`. One per process; `close` when it ends."""

    def __init__(self, settings: ApiSettings, health: Health) -> None:
        self._client = SignOnClient(settings)
        self._health = health
        self._breaker = Breaker(
            failures_max=settings.sign_on_breaker_failures,
            open_s=settings.sign_on_breaker_s,
            seconds=health.monotonic,
            opened=self._opened,
            closed=self._closed,
        )
        self._sign_outs: set[asyncio.Task[None]] = set()

    async def verify(
        self, credentials: Credentials, account: PacerAccount | None, *, client: Client, ticket: str = ""
    ) -> Proof:
        """Ask once, whether the account is known here or not. Raises VerifierDown, Busy, or Throttled."""
        try:
            with self._breaker.guarded():
                answer = await self._client.sign_in(credentials, client=client, ticket=ticket)
        except Open as closed:
            raise VerifierDown(closed.retry_after_s) from None
        except Unreachable as trouble:
            log.warning("sign-on.unreachable", cause=str(trouble))
            raise VerifierDown(RETRY_AFTER_S) from None
        if not answer.signed_in:
            return Proof(matched=False)
        self._sign_out_later(answer.token, client)
        if account is None:
            log.warning("sign-on.unknown-account")
            return Proof(matched=False)
        return Proof(matched=True, factor_done=True, warning=_clean(answer.description))

    async def close(self) -> None:
        """Give up sign-outs under way, and end the connections."""
        for task in self._sign_outs:
            task.cancel()
        await asyncio.gather(*self._sign_outs, return_exceptions=True)
        await self._client.close()

    def _sign_out_later(self, token: str, client: Client) -> None:
        if not token or len(self._sign_outs) >= SIGN_OUT_COUNT_MAX:
            return
        task = asyncio.create_task(self._sign_out(token, client))
        self._sign_outs.add(task)
        task.add_done_callback(self._sign_outs.discard)

    async def _sign_out(self, token: str, client: Client) -> None:
        try:
            await self._client.sign_out(token, client=client)
        except (Unreachable, Busy) as trouble:  # it ends by itself over there
            log.info("sign-on.not-signed-out", cause=str(trouble))

    def _opened(self) -> None:
        self._health.degraded(_PART, "the remote sign-on does not answer")
        log.warning("sign-on.given-up")

    def _closed(self) -> None:
        self._health.sound(_PART)
        log.info("sign-on.back")


def _clean(description: str) -> str:
    return "".join(letter for letter in description if letter.isprintable())[:WARNING_LENGTH_MAX]
