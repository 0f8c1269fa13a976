"""All factors of an account lost: taken away by an operator, who has made sure that the owner asks for it.

One transaction: the factors, the sessions that they opened, the acts with who ordered it, and a mail for each to the
owner's known address, so that nobody takes them away unseen.
"""

from datetime import datetime
from typing import NamedTuple

from services.auth.factors import store
from services.auth.factors.changes import Change, notice_of
from services.auth.notices.notices import row_of
from services.auth.outbox import rows
from services.auth.security.acts import Act, note
from services.contract.notices import FactorChange, FactorKind
from services.runtime.database import Connection


class Taken(NamedTuple):
    """What was taken away: the changes, and how many sessions ended."""

    changes: list[Change]
    sessions: int


async def take_all(connection: Connection, pacer_account: str, *, by: str, now: datetime) -> Taken:
    """Take all factors and backup codes of an account away, in one transaction. Auth's relay sends the mails."""
    async with connection.transaction():
        await store.lock(connection, pacer_account)
        owner = await store.held(connection, pacer_account)
        changes = await _taken(connection, pacer_account)
        sessions = await store.end_sessions(connection, pacer_account) if changes else 0
        for change in changes:
            await note(
                connection, Act.FACTOR_REMOVED, now, pacer_account=pacer_account, factor=change.factor.value, by=by
            )
            if owner is not None:
                await rows.insert(connection, row_of(notice_of(owner, change, now)))
    return Taken(changes, sessions)


async def _taken(connection: Connection, pacer_account: str) -> list[Change]:
    changes = []
    for factor in await store.listed(connection, pacer_account):
        await store.delete(connection, pacer_account, factor.factor_id)
        changes.append(Change(FactorKind(factor.kind), FactorChange.REMOVED, factor.label))
    if await store.delete_backup(connection, pacer_account):
        changes.append(Change(FactorKind.BACKUP_CODES, FactorChange.REMOVED))
    return changes
