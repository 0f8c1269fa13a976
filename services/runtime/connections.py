"""A connection that waits for its peer no longer than it must: slow headers, bodies that trickle, readers that stall.

uvicorn ends what is idle between two requests; a peer that sends a byte now and then it would serve for ever. Each
connection has one deadline here: until a whole request has begun, until its answer is complete. When there are more
connections than there may be, the one that has kept us waiting longest makes room, so that a flood of idle ones
shuts nobody out.
"""

import asyncio
import resource
from collections import OrderedDict
from contextlib import suppress
from typing import Any, ClassVar, Final
from weakref import WeakKeyDictionary

from services.runtime.parsing import StrictHttp

BACKLOG: Final = 1_024
_FILES_WANTED: Final = 8_192

_Waiting = OrderedDict["PatientHttp", None]
_WAITING: WeakKeyDictionary[object, _Waiting] = WeakKeyDictionary()


class PatientHttp(StrictHttp):
    """The strict reading of requests, with deadlines."""

    headers_s_max: ClassVar[float] = 10.0
    answer_s_max: ClassVar[float] = 60.0
    connection_count_max: ClassVar[int] = 2_000

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: object) -> None:
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._waiting = _WAITING.setdefault(self.server_state, OrderedDict())
        self._wait_for_request()
        if len(self.connections) > self.connection_count_max and self._waiting:
            oldest, _ = self._waiting.popitem(last=False)
            oldest.give_up()

    def on_headers_complete(self) -> None:
        """A request has begun: wait for its answer instead, once it is its turn."""
        at_once = not self.answering
        super().on_headers_complete()
        if at_once:
            self._wait_for_answer()

    def on_response_complete(self) -> None:
        """Wait for the next request, and for what is left of the body of this one."""
        if self.pipeline:
            self._wait_for_answer()
        else:
            self._wait_for_request()
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing more to wait for."""
        self._waiting.pop(self, None)
        if self._deadline is not None:
            self._deadline.cancel()
        super().connection_lost(exc)

    def give_up(self) -> None:
        """Drop the connection, whatever is under way: one that is closing waits for its reader like any other."""
        self.transport.abort()

    def _wait_for_answer(self) -> None:
        self._waiting.pop(self, None)
        self._set(self.answer_s_max)

    def _wait_for_request(self) -> None:
        self._waiting[self] = None
        self._waiting.move_to_end(self)
        self._set(self.headers_s_max)

    def _set(self, seconds: float) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = self.loop.call_later(seconds, self.give_up)


OPTIONS: Final[dict[str, Any]] = {
    "http": PatientHttp,
    "backlog": BACKLOG,
    # Garbage from strangers is no line in our log.
    "log_level": "error",
}


def allow_many_files() -> None:
    """Let the process hold as many connections as we bound them to: the usual limit of 1024 files is less."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES_WANTED if hard == resource.RLIM_INFINITY else min(hard, _FILES_WANTED)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(ValueError, OSError):  # what the system does not allow it does not get
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
