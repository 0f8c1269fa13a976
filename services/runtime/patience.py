"""Waiting with back-off while trouble is transient: the same work again, in the same place, until it goes through."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_exponential_jitter

from services.runtime.faults import Transient
from services.runtime.health import Health
from services.runtime.log import log

DELAY_S_MIN: Final = 0.1
DELAY_S_MAX: Final = 5.0


class Patience:
    """Retries for one named part of a role. While it waits the part is not ready, says why, and still beats."""

    def __init__(self, health: Health, part: str) -> None:
        self._health = health
        self._part = part

    async def __call__[Result](self, work: Callable[[], Awaitable[Result]]) -> Result:
        """Return what `work` returns, trying again for as long as it raises Transient; other trouble passes."""
        try:
            return await work()  # nearly always all there is, and without what trying again costs
        except Transient as trouble:
            self._waits(trouble, attempt=1)
        result: Result = await self._again(work)
        self._health.ready(self._part)
        return result

    async def _again[Result](self, work: Callable[[], Awaitable[Result]]) -> Result:
        waiting = wait_exponential_jitter(multiplier=DELAY_S_MIN, max=DELAY_S_MAX)
        attempts = AsyncRetrying(retry=retry_if_exception_type(Transient), wait=waiting, before_sleep=self._tried)

        async def attempt() -> Result:
            return await work()

        await asyncio.sleep(DELAY_S_MIN)
        result: Result = await attempts(attempt)
        return result

    def _tried(self, state: RetryCallState) -> None:
        trouble = state.outcome.exception() if state.outcome is not None else None
        self._waits(trouble, attempt=1 + state.attempt_number)

    def _waits(self, trouble: BaseException | None, *, attempt: int) -> None:
        self._health.waiting(self._part, str(trouble))
        self._health.beat(self._part)
        log.warning("part.retrying", part=self._part, attempt=attempt, cause=str(trouble))
