"""Argon2id, off the event loop, in lanes with a bounded queue: beyond it a filer is told to come back, at once.

Signing in and the link walk have a lane each, so that a rush at the door never stops those who are already inside.
"""

import asyncio
import os
import threading
import unicodedata
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import Type

from services.auth.portal.ports import Busy

MEMORY_KIB: Final = 19 * 1024
TIME_COST: Final = 2
PARALLELISM: Final = 1
# Per thread: at about 22 ms each the last in the queue waits well under a second.
QUEUE_COUNT_MAX: Final = 24
RETRY_AFTER_S: Final = 3

HASHER: Final = PasswordHasher(
    time_cost=TIME_COST, memory_cost=MEMORY_KIB, parallelism=PARALLELISM, hash_len=32, salt_len=16, type=Type.ID
)


def normalized(password: str) -> bytes:
    """Return what is hashed: NFC, so that the same password from another keyboard is the same; any string will do."""
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")


def matches(password_hash: str, password: str) -> bool:
    """Say whether a password belongs to a PHC string. A string that is no Argon2 hash matches nothing."""
    try:
        return HASHER.verify(password_hash, normalized(password))
    except (VerificationError, InvalidHashError):
        return False


class Lane:
    """A few threads and a short queue. Verifying against None takes as long as against a hash and never matches."""

    def __init__(self, name: str, *, threads: int, dummy_hash: str) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=f"hash-{name}")
        self._places = threading.BoundedSemaphore(threads * (1 + QUEUE_COUNT_MAX))
        self._dummy_hash = dummy_hash

    def check(self) -> None:
        """Raise Busy when the queue is full now, before any other work is done."""
        self._take()
        self._places.release()

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Say whether the password matches. Raises Busy when the queue is full."""
        self._take()
        try:
            work = self._pool.submit(matches, password_hash or self._dummy_hash, password)
        except RuntimeError:  # the process is ending
            self._places.release()
            raise Busy(RETRY_AFTER_S) from None
        # The place is free when the thread is, not when the filer has gone away.
        work.add_done_callback(self._free)
        return await asyncio.wrap_future(work) and password_hash is not None

    def _take(self) -> None:
        if not self._places.acquire(blocking=False):
            raise Busy(RETRY_AFTER_S)

    def _free(self, _: "Future[bool]") -> None:
        self._places.release()

    def close(self) -> None:
        """Let the verifications under way end; drop those that wait."""
        self._pool.shutdown(wait=False, cancel_futures=True)


class Lanes:
    """The two lanes of a process: `sign_in`, and `walk` for CM/ECF credentials."""

    def __init__(self, threads: int = 0) -> None:
        threads = threads or os.cpu_count() or 1
        dummy_hash = HASHER.hash(os.urandom(16))
        self.sign_in = Lane("sign-in", threads=threads, dummy_hash=dummy_hash)
        self.walk = Lane("walk", threads=max(1, threads // 2), dummy_hash=dummy_hash)

    def close(self) -> None:
        """Stop both."""
        self.sign_in.close()
        self.walk.close()
