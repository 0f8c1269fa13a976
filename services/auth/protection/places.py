"""Where an attacked account is known, learnt with one query for all who try it from elsewhere.

A name that no account has is asked for in the same way, and is known nowhere.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Final, Protocol

from services.auth.protection.limiter import Limiter
from services.auth.protection.strangers import PLACE_COUNT_MAX
from services.auth.signon.accounts import storable
from services.runtime.database import Pool, acquired
from services.runtime.faults import Transient

ASKED_COUNT_MAX: Final = 2
_PLACES: Final = """
SELECT k.address_prefix FROM auth.pacer_accounts AS a JOIN auth.known_places AS k USING (pacer_account)
 WHERE a.login = $1 LIMIT $2"""


class Places(Protocol):
    """Learns where an account is known."""

    def learn(self, login: str, accounts: Sequence[str]) -> None:
        """Begin to learn it for a login as it was typed; `accounts` are the names under which it may be counted."""


class KnownPlaces:
    """Asks Postgres, for few logins at once; the others are asked for when they are tried again."""

    def __init__(self, pool: Pool, limiter: Limiter) -> None:
        self._pool = pool
        self._limiter = limiter
        self._asked: dict[str, asyncio.Task[None]] = {}

    def learn(self, login: str, accounts: Sequence[str]) -> None:
        """Begin to ask, unless it is being asked already."""
        if login not in self._asked and len(self._asked) < ASKED_COUNT_MAX:
            task = self._asked[login] = asyncio.create_task(self.ask(login, accounts))
            task.add_done_callback(lambda _: self._asked.pop(login))

    async def ask(self, login: str, accounts: Sequence[str]) -> None:
        """Ask now, and tell the limiter. While Postgres does not answer, nothing is learnt."""
        with suppress(Transient):  # who tries is looked at one by one
            async with acquired(self._pool) as connection:
                rows = await connection.fetch(_PLACES, storable(login), PLACE_COUNT_MAX + 1)
            for account in accounts:
                self._limiter.learn(account, [row["address_prefix"] for row in rows])
