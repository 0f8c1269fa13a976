"""Enrolling: an app by a picture and its first code, ten backup codes, a passkey; each needs the permit of a security
code. The owner is mailed of each, in the same transaction.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from uuid_utils.compat import uuid7

from services.auth.factors import backup, changes, stage, store, totp
from services.auth.factors.changes import Change
from services.auth.factors.codes import SecurityCodes
from services.auth.factors.factors import normalized
from services.auth.factors.facts import Use
from services.auth.factors.passkeys import Registered
from services.auth.factors.store import Factor, Passkey
from services.auth.joint import Joint
from services.auth.portal.ports import Client, Session, Stage
from services.auth.security.acts import Act, note
from services.contract.notices import FactorChange, FactorKind
from services.runtime.database import Connection, acquired

PASSKEY_COUNT_MAX: Final = 5
UNFINISHED_AGE_MAX: Final = timedelta(hours=1)


class NotPermitted(Exception):
    """No security code was entered in this session within the last quarter of an hour."""


class TooManyFactors(Exception):
    """The account has as many of this kind as it may have: five apps, five passkeys."""


class WrongFirstCode(Exception):
    """The code is not the new app's, or its enrolment lies an hour back."""


class Enrolled(NamedTuple):
    """What an account has, as its owner sees it."""

    factors: list[Factor]
    backup_left: int
    permitted: bool

    def of_kind(self, kind: str) -> list[Factor]:
        """Return the `totp` or the `passkey` ones."""
        return [factor for factor in self.factors if factor.kind == kind]


@dataclass(frozen=True)
class Enrolment:
    """What the enrolment pages call. Methods that return a token opened a session that had to enrol first."""

    joint: Joint
    codes: SecurityCodes

    async def enrolled(self, session: Session) -> Enrolled:
        """Return what the account has, and whether this session may add to it."""
        account = session.filer.pacer_account
        async with acquired(self.joint.pool) as connection:
            return Enrolled(
                await store.listed(connection, account),
                await store.backup_left(connection, account),
                await self.codes.permitted(connection, session),
            )

    async def seed(self, session: Session) -> str:
        """Return the seed of the app whose enrolment is under way, or begin one.

        Raises NotPermitted or TooManyFactors.
        """
        account, now, seal = session.filer.pacer_account, self.joint.clock(), self.joint.factors.seal
        async with acquired(self.joint.pool) as connection, connection.transaction():
            await self._ready(connection, session, "totp", totp.APP_COUNT_MAX)
            pending = await store.pending_app(connection, account, now - UNFINISHED_AGE_MAX)
            opened = seal.open_seed(*pending) if pending else None
            if opened is not None:
                return opened
            factor_id, fresh = uuid7(), totp.new_seed()
            await store.insert_app(connection, account, factor_id, seal.close_seed(factor_id, fresh), now)
        return fresh

    async def confirm_app(self, session: Session, client: Client, *, code: str, label: str) -> str | None:
        """Enrol the app if this is its code.

        Raises WrongFirstCode, NotPermitted or TooManyFactors. Returns the new token of a session that it opened.
        """
        account, now = session.filer.pacer_account, self.joint.clock()
        async with acquired(self.joint.pool) as connection, connection.transaction():
            await self._ready(connection, session, "totp", totp.APP_COUNT_MAX)
            use = self._first_code(await store.pending_app(connection, account, now - UNFINISHED_AGE_MAX), code, now)
            if use is None or not await store.confirm_app(connection, account, use, label, now):
                raise WrongFirstCode
            token = await self._added(connection, session, client, Change(FactorKind.TOTP, FactorChange.ADDED, label))
        self.joint.notices.wake()
        return token

    def _first_code(self, pending: tuple[UUID, bytes] | None, code: str, now: datetime) -> Use | None:
        seed = self.joint.factors.seal.open_seed(*pending) if pending else None
        if pending is None or seed is None:
            return None
        step = totp.matching_step(seed, normalized(code), now, after=0)
        return None if step is None else Use(factor_id=pending[0], step=step)

    async def new_backup_codes(self, session: Session, client: Client) -> tuple[tuple[str, ...], str | None]:
        """Make ten codes, which ends the earlier ones, and return them, never to be seen again; and the new token.

        Raises NotPermitted.
        """
        account, codes = session.filer.pacer_account, backup.new_codes()
        digests = [self.joint.factors.seal.backup_digest(account, code) for code in codes]
        async with acquired(self.joint.pool) as connection, connection.transaction():
            await self._ready(connection, session)
            had = await store.delete_backup(connection, account)
            await store.insert_backup(connection, account, digests)
            change = Change(FactorKind.BACKUP_CODES, FactorChange.MADE_ANEW if had else FactorChange.ADDED)
            token = await self._added(connection, session, client, change)
        self.joint.notices.wake()
        return codes, token

    async def add_passkey(self, session: Session, client: Client, *, registered: Registered, label: str) -> str | None:
        """Keep a passkey that was verified. Raises NotPermitted or TooManyFactors; returns as `confirm_app`."""
        now, passkey = self.joint.clock(), Passkey(uuid7(), label, *registered)
        async with acquired(self.joint.pool) as connection, connection.transaction():
            await self._ready(connection, session, "passkey", PASSKEY_COUNT_MAX)
            if not await store.insert_passkey(connection, session.filer.pacer_account, passkey, now):
                raise TooManyFactors
            change = Change(FactorKind.PASSKEY, FactorChange.ADDED, label)
            token = await self._added(connection, session, client, change)
        self.joint.notices.wake()
        return token

    async def remove(self, session: Session, client: Client, factor_id: UUID | None) -> bool:
        """Remove an app or a passkey, or all backup codes where no id is given; False when it is gone already."""
        account, now = session.filer.pacer_account, self.joint.clock()
        async with acquired(self.joint.pool) as connection, connection.transaction():
            await store.lock(connection, account)
            change = await _removed(connection, account, factor_id)
            if change is None:
                return False
            await note(
                connection,
                Act.FACTOR_REMOVED,
                now,
                pacer_account=account,
                client=client,
                factor=change.factor.value,
            )
            await changes.tell(self.joint.notices, connection, session.filer, change, now)
        self.joint.notices.wake()
        return True

    async def _ready(self, connection: Connection, session: Session, kind: str = "", count_max: int = 0) -> None:
        await store.lock(connection, session.filer.pacer_account)
        if session.stage is Stage.FACTOR_DUE or not await self.codes.permitted(connection, session):
            raise NotPermitted
        if kind and await store.count(connection, session.filer.pacer_account, kind) >= count_max:
            raise TooManyFactors

    async def _added(self, connection: Connection, session: Session, client: Client, change: Change) -> str | None:
        account, now = session.filer.pacer_account, self.joint.clock()
        act = Act.BACKUP_CODES_MADE if change.factor is FactorKind.BACKUP_CODES else Act.FACTOR_ADDED
        await note(connection, act, now, pacer_account=account, client=client, factor=change.factor.value)
        await changes.tell(self.joint.notices, connection, session.filer, change, now)
        token = await stage.opened(connection, session, Stage.ENROL_OFFERED, Stage.RESTRICTED)
        if token is not None:
            await self.codes.move_permit(connection, session, token)
        return token


async def _removed(connection: Connection, account: str, factor_id: UUID | None) -> Change | None:
    if factor_id is None:
        had = await store.delete_backup(connection, account)
        return Change(FactorKind.BACKUP_CODES, FactorChange.REMOVED) if had else None
    deleted = await store.delete(connection, account, factor_id)
    return None if deleted is None else Change(FactorKind(deleted[0]), FactorChange.REMOVED, deleted[1])
