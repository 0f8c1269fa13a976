"""What the owner of an account is told of a change of its factors: a mail, in the transaction of the change."""

from datetime import datetime
from typing import NamedTuple, Protocol

from uuid_utils.compat import uuid7

from services.auth.notices.notices import Notices
from services.contract.notices import FactorChange, FactorKind, FilerNotified, NoticeKind
from services.runtime.database import Connection


class Change(NamedTuple):
    """What happened to which kind of factor. `label` is the name that its owner gave it."""

    factor: FactorKind
    change: FactorChange
    label: str = ""


class Owner(Protocol):
    """Whom the mail goes to."""

    @property
    def pacer_account(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def email(self) -> str: ...


def notice_of(owner: Owner, change: Change, now: datetime) -> FilerNotified:
    """Return the mail about a change."""
    return FilerNotified(
        notice_id=uuid7(),
        kind=NoticeKind.FACTOR_CHANGED,
        recipient_name=owner.name,
        recipient_email=owner.email,
        noted_at=now,
        pacer_account=owner.pacer_account,
        factor=change.factor,
        change=change.change,
        factor_label=change.label or None,
    )


async def tell(notices: Notices, connection: Connection, owner: Owner, change: Change, now: datetime) -> None:
    """Put the mail into the outbox. Wake the notices after the commit."""
    await notices.put(connection, notice_of(owner, change, now))
