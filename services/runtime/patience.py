"""Waiting with back-off while trouble is transient: the same work again, in the same place, until it goes through."""

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
        attempts = AsyncRetrying(
            retry=retry_if_exception_type(Transient),
            wait=wait_exponential_jitter(multiplier=DELAY_S_MIN, max=DELAY_S_MAX),
            before_sleep=self._wait,
        )

        async def attempt() -> Result:
            return await work()

        result: Result = await attempts(attempt)
        if attempts.statistics["attempt_number"] > 1:
            self._health.ready(self._part)
        return result

    def _wait(self, state: RetryCallState) -> None:
        trouble = state.outcome.exception() if state.outcome is not None else None
        self._health.waiting(self._part, str(trouble))
        self._health.beat(self._part)
        log.warning("part.retrying", part=self._part, attempt=state.attempt_number, cause=str(trouble))
