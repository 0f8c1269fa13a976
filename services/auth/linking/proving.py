"""Proving a CM/ECF account: one look-up and one hash, whatever was typed; reasons after the right password alone.

Wrong tries slow the PACER account that is signed in, never the CM/ECF login: a stranger must not slow its owner.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.auth.linking.record import Record
from services.auth.outbox import rows
from services.auth.portal.ports import Barrier, Busy, Client, CmecfRefused, LinkRefused, Session, Throttled
from services.auth.protection.limiter import Limiter
from services.auth.signon.accounts import Accounts, CmecfAccount, Status, storable
from services.auth.signon.attempts import Attempt, Attempts, address_prefix
from services.auth.signon.dummies import Dummies
from services.auth.signon.passwords import Lane
from services.auth.signon.rehash import CmecfKey, Rehash
from services.contract.courts import Court, canonical_login
from services.contract.logins import Credential, LoginStep, Via
from services.contract.transactions import Reason
from services.runtime.clock import Clock
from services.runtime.database import Pool, acquired

# The limit is one of the account: where its filer sits makes no difference.
_ANYWHERE: Final = Client("")


@dataclass(frozen=True, kw_only=True)
class Proving:
    """Verifies CM/ECF credentials. `committed` wakes the relay of login events."""

    pool: Pool
    lane: Lane
    dummies: Dummies
    attempts: Attempts
    limiter: Limiter
    rehash: Rehash
    committed: Callable[[], None]
    clock: Clock

    async def prove(
        self, session: Session, court: Court, login: str, password: str, *, client: Client
    ) -> tuple[CmecfAccount, datetime]:
        """Return the account and when it was proven. Raises CmecfRefused, LinkRefused, Throttled or Busy."""
        limited = f"link:{session.filer.pacer_account}"
        canonical = storable(canonical_login(login, court.type))
        place = f"{court.court_id}:{canonical}"
        try:
            self.lane.check()
            account = await Accounts(self.pool).cmecf(court.court_id, canonical)
            self.limiter.admit(limited, _ANYWHERE, known_place=True)
            matched = await self.lane.verify(
                account.password_hash if account else None, password, dummy=self.dummies.pick(place)
            )
        except Throttled:
            self.attempts.throttled(Credential.CMECF, client)
            raise
        except Busy:
            self.attempts.shed(Credential.CMECF, client)
            raise
        name = f"{court.court_id}:{account.canonical}" if account else self.attempts.unknown(Credential.CMECF, place)
        attempt = Attempt(
            name,
            Credential.CMECF,
            court.court_id,
            address_prefix(client.address),
            self.clock(),
            via=Via.PAGES,
            step=LoginStep.PASSWORD,
        )
        if account is None or not matched:
            self.limiter.failed(limited, _ANYWHERE, court.court_id)
            self.attempts.failed(attempt)
            raise CmecfRefused
        self.limiter.succeeded(limited, _ANYWHERE)
        self.rehash.offer(CmecfKey(court.court_id, account.canonical), account.password_hash, password)
        await self._usable(court, account, attempt)
        await self._note(attempt)
        return account, attempt.attempted_at

    async def _usable(self, court: Court, account: CmecfAccount, attempt: Attempt) -> None:
        if account.retired:
            self.attempts.failed(attempt)
            standing = await Record(self.pool).link_of_login(court.court_id, account.canonical)
            raise LinkRefused(Reason.CMECF_ALREADY_LINKED, standing)
        if account.status == Status.DISABLED:
            self.attempts.failed(attempt)
            raise LinkRefused(Barrier.CMECF_DISABLED)

    async def _note(self, attempt: Attempt) -> None:
        async with acquired(self.pool) as connection:
            await rows.insert(connection, self.attempts.succeeded(attempt))
        self.committed()
