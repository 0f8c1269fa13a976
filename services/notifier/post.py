"""The connections of one process to a mail server: a few, kept open, lent out in turn; and how the server is doing.

A server that is down or drops connections is tried again with growing pauses; nobody's partition stops for it.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

from prometheus_client import Gauge

from services.notifier.outcomes import Answer
from services.runtime.faults import Transient
from services.runtime.log import log

PAUSE_S_MIN: Final = 0.5
PAUSE_S_MAX: Final = 30.0
# A batch is what goes out in about this time: what a crash can make ambiguous stays little with a slow server.
BATCH_S: Final = 0.25
_SEND_S_FIRST: Final = 0.05
_SMOOTHING: Final = 0.1


class Connection(Protocol):
    """An open connection to the mail server."""

    @property
    def usable(self) -> bool: ...

    @property
    def open(self) -> bool: ...

    async def send(self, recipient: str, message: bytes) -> Answer: ...

    async def close(self) -> None: ...


class Post:
    """Lends connections: `acquire`, send on it, `release`. `connect` opens one or raises Transient.

    `up` shows whether the server serves us; `name` is what the log calls it.
    """

    def __init__(
        self, connect: Callable[[], Awaitable[Connection]], up: Gauge, *, count: int, name: str = "mail-server"
    ) -> None:
        self._connect = connect
        self._up = up
        self._name = name
        self._slots = asyncio.Semaphore(count)
        self._idle: list[Connection] = []
        self._failures = 0
        self._retry_at = 0.0
        self._send_s = _SEND_S_FIRST

    @property
    def failing(self) -> bool:
        """Whether the last that was heard of the server was a failure."""
        return self._failures > 0

    @property
    def at_hand(self) -> bool:
        """Whether a connection waits that may be used at once."""
        return bool(self._idle) and self._idle[-1].usable

    async def acquire(self) -> Connection:
        """Return a connection that is open, waiting for as long as the server takes to come back."""
        await self._slots.acquire()
        try:
            return await self._open()
        except BaseException:
            self._slots.release()
            raise

    async def _open(self) -> Connection:
        while True:
            while self._idle:
                connection = self._idle.pop()
                if connection.usable:
                    return connection
                await connection.close()
            # Others may have failed meanwhile, and the pause grown.
            while (pause_s := self._retry_at - time.monotonic()) > 0:  # noqa: ASYNC110 - time is what is waited for
                await asyncio.sleep(pause_s)
            try:
                connection = await self._connect()
            except Transient as trouble:
                self._failed(str(trouble))
                continue
            self._up.set(1)
            return connection

    def release(self, connection: Connection, lost: Answer | None = None) -> None:
        """Give a connection back; `lost` is the answer with which it was lost, if it was."""
        self._slots.release()
        if lost is not None:
            self._failed(str(lost))
            return
        self._failures = 0
        if connection.open:
            self._idle.append(connection)

    def took(self, seconds: float) -> None:
        """Note how long a letter took to send."""
        self._send_s += (seconds - self._send_s) * _SMOOTHING

    def batch_count(self, count_max: int) -> int:
        """Return how many letters to make ready for one connection; one while the server is failing."""
        return 1 if self._failures else max(1, min(count_max, int(BATCH_S / max(self._send_s, 1e-6))))

    def _failed(self, cause: str) -> None:
        pause_s = min(PAUSE_S_MAX, PAUSE_S_MIN * 2 ** min(self._failures, 10))
        self._failures += 1
        self._retry_at = time.monotonic() + pause_s
        self._up.set(0)
        log.warning(f"{self._name}.failing", cause=cause, failures=self._failures, pause_s=pause_s)

    async def close(self) -> None:
        """Close the idle connections."""
        while self._idle:
            await self._idle.pop().close()
