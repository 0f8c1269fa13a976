"""Password hashes off the event loop, in lanes with a bounded queue: beyond it a filer is told to come back, at once.

Signing in and the link walk have a lane each, so that a rush at the door never stops those who are already inside; what
nobody waits for (hashing anew) has a third. The threads run at a lower priority than the event loop.
"""

import asyncio
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from services.auth.portal.ports import Busy
from services.auth.signon.hashes import HASHER, matches, normalized

__all__ = ["HASHER", "NICENESS", "QUEUE_COUNT_MAX", "Lane", "Lanes", "matches", "normalized"]

# Per thread: at about 22 ms each the last in the queue waits well under a second.
QUEUE_COUNT_MAX: Final = 24
RETRY_AFTER_S: Final = 3
# Of 19: the event loop wins whenever both want the processor.
NICENESS: Final = 10


class Lane:
    """A few threads and a short queue. Verifying against None takes as long as against a hash and never matches."""

    def __init__(self, name: str, *, threads: int, dummy_hash: str, queue_count_max: int = QUEUE_COUNT_MAX) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=f"hash-{name}", initializer=_give_way)
        self._place_count_max = threads * (1 + queue_count_max)
        self._taken = 0
        self._lock = threading.Lock()
        self._dummy_hash = dummy_hash

    @property
    def full(self) -> bool:
        """Whether the next verification would be turned away."""
        return self._taken >= self._place_count_max

    def check(self) -> None:
        """Raise Busy when the queue is full now, before any other work is done."""
        if self.full:
            raise Busy(RETRY_AFTER_S)

    async def verify(self, password_hash: str | None, password: str, *, dummy: str = "") -> bool:
        """Say whether the password matches. Without a hash, `dummy` is verified instead, and nothing matches.

        Raises Busy when the queue is full.
        """
        matched = await self._work(matches, password_hash or dummy or self._dummy_hash, password)
        return matched and password_hash is not None

    async def hash(self, password: str) -> str:
        """Return a new hash with our parameters. Raises Busy when the queue is full."""
        return await self._work(HASHER.hash, normalized(password))

    async def _work[Given, Result](self, work: Callable[..., Result], *given: Given) -> Result:
        self._take()
        try:
            future = self._pool.submit(work, *given)
        except RuntimeError:  # the process is ending
            self._free()
            raise Busy(RETRY_AFTER_S) from None
        # The place is free when the thread is, not when the filer has gone away.
        future.add_done_callback(self._free)
        return await asyncio.wrap_future(future)

    def _take(self) -> None:
        with self._lock:
            if self.full:
                raise Busy(RETRY_AFTER_S)
            self._taken += 1

    def _free(self, _: object = None) -> None:
        with self._lock:
            self._taken -= 1

    def close(self) -> None:
        """Let the verifications under way end; drop those that wait."""
        self._pool.shutdown(wait=False, cancel_futures=True)


class Lanes:
    """The lanes of a process: `sign_in`, `walk` for CM/ECF credentials, `upkeep` for hashing anew."""

    def __init__(self, threads: int = 0, queue_count_max: int = QUEUE_COUNT_MAX) -> None:
        threads = threads or os.cpu_count() or 1
        dummy_hash = HASHER.hash(os.urandom(16))

        def lane(name: str, threads: int) -> Lane:
            return Lane(name, threads=threads, dummy_hash=dummy_hash, queue_count_max=queue_count_max)

        self.sign_in = lane("sign-in", threads)
        self.walk = lane("walk", max(1, threads // 2))
        self.upkeep = lane("upkeep", 1)

    def close(self) -> None:
        """Stop all."""
        for lane in (self.sign_in, self.walk, self.upkeep):
            lane.close()


def _give_way() -> None:
    # On Linux a thread has a priority of its own, by its native id; elsewhere this would slow the whole process.
    if sys.platform == "linux":
        own = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, own, os.getpriority(os.PRIO_PROCESS, own) + NICENESS)
