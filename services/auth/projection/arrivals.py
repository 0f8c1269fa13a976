"""Waking whoever waits for a request's transaction: the projection tells, the result page listens.

In this process only; whoever waits elsewhere looks into the database.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from typing import Final
from uuid import UUID

WAITER_COUNT_MAX: Final = 5_000


class Arrivals:
    """Events by request id."""

    def __init__(self) -> None:
        self._waiting: dict[UUID, set[asyncio.Event]] = {}
        self._count = 0

    @asynccontextmanager
    async def expecting(self, request_id: UUID) -> AsyncGenerator[asyncio.Event | None]:
        """Give an event that is set when the request's transaction is there; None when too many wait already."""
        if self._count >= WAITER_COUNT_MAX:
            yield None
            return
        arrived = asyncio.Event()
        self._count += 1
        self._waiting.setdefault(request_id, set()).add(arrived)
        try:
            yield arrived
        finally:
            self._count -= 1
            others = self._waiting[request_id]
            others.discard(arrived)
            if not others:
                del self._waiting[request_id]

    def tell(self, request_ids: Iterable[UUID]) -> None:
        """Say that these requests' transactions were committed to the projection."""
        if not self._waiting:
            return
        for request_id in request_ids:
            for arrived in self._waiting.get(request_id, ()):
                arrived.set()
