"""Hashing anew: an account that came with another system's hash gets one of ours soon after its first right password.

Not while the filer waits: in a lane of its own, from a short queue. What does not fit in is done at a later sign-in.
"""

import asyncio
from collections import deque
from typing import Final, NamedTuple

from services.auth.metrics import Metrics
from services.auth.portal.ports import Busy
from services.auth.security.acts import Act, note
from services.auth.signon.hashes import stale
from services.auth.signon.passwords import Lane
from services.runtime.clock import Clock
from services.runtime.database import Pool, acquired
from services.runtime.faults import Transient

QUEUE_COUNT_MAX: Final = 100
# No password is kept in memory longer than this.
HELD_S_MAX: Final = 30.0

# Only while the hash is the one that was verified: an import or another process may have been faster. The password is
# the same, so verifier_version stays, and a confirm form that is open stays good. `brought_hash` lets an import of the
# old hash see that nothing changed.
_PACER: Final = """
UPDATE auth.pacer_accounts SET password_hash = $1, brought_hash = sha256(convert_to(password_hash, 'UTF8'))
 WHERE password_hash = $2 AND pacer_account = $3
RETURNING pacer_account"""
_CMECF: Final = """
UPDATE auth.cmecf_accounts SET password_hash = $1, brought_hash = sha256(convert_to(password_hash, 'UTF8'))
 WHERE password_hash = $2 AND court_id = $3 AND cmecf_canonical = $4
RETURNING court_id"""


class PacerKey(NamedTuple):
    """Names a PACER account."""

    pacer_account: str


class CmecfKey(NamedTuple):
    """Names a court's account."""

    court_id: str
    canonical: str


Key = PacerKey | CmecfKey


class Rehash:
    """The queue of a process. `run` works it off; what is offered before it runs waits."""

    def __init__(self, pool: Pool, lane: Lane, metrics: Metrics, clock: Clock) -> None:
        self._pool = pool
        self._lane = lane
        self._count = metrics.rehashes
        self._clock = clock
        self._waiting: deque[Key] = deque()
        self._held: dict[Key, tuple[str, str]] = {}
        self._offered = asyncio.Event()

    def offer(self, key: Key, password_hash: str | None, password: str) -> None:
        """Take in a password that was just found right, when its hash is not one of ours."""
        if password_hash is None or key in self._held or not stale(password_hash):
            return
        if len(self._held) >= QUEUE_COUNT_MAX:
            self._count.labels("dropped").inc()
            return
        self._held[key] = (password_hash, password)
        self._waiting.append(key)
        asyncio.get_running_loop().call_later(HELD_S_MAX, self._forget, key, password_hash)
        self._offered.set()

    async def run(self) -> None:
        """Hash anew until cancelled."""
        while True:
            await self._offered.wait()
            self._offered.clear()
            while self._waiting:
                await self._next()

    async def _next(self) -> None:
        key = self._waiting.popleft()
        held = self._held.pop(key, None)
        if held is None:
            return
        old, password = held
        try:
            outcome = await self._write(key, old, await self._lane.hash(password))
        except (Busy, Transient):
            outcome = "dropped"
        self._count.labels(outcome).inc()

    async def _write(self, key: Key, old: str, new: str) -> str:
        statement = _PACER if isinstance(key, PacerKey) else _CMECF
        async with acquired(self._pool) as connection, connection.transaction():
            if await connection.fetchval(statement, new, old, *key) is None:
                return "overtaken"
            account, court = (key[0], None) if isinstance(key, PacerKey) else (None, key.court_id)
            await note(connection, Act.PASSWORD_REHASHED, self._clock(), pacer_account=account, court_id=court)
        return "done"

    def _forget(self, key: Key, password_hash: str) -> None:
        held = self._held.get(key)
        if held is not None and held[0] == password_hash:
            del self._held[key]
            self._waiting.remove(key)
            self._count.labels("dropped").inc()
