"""The record of security acts: who did what to an account, when, from which network. Appended, never changed.

An act is written in the transaction of what it tells of, so that one is never without the other. It holds no secret and
no address in full.
"""

from datetime import datetime
from enum import StrEnum
from typing import Final

import orjson

from services.auth.insertions import Insertion, Shape, insert
from services.auth.portal.ports import Client
from services.auth.signon.attempts import address_prefix
from services.runtime.database import Connection

_SHAPE: Final = Shape(
    "auth.security_acts (at, act, pacer_account, court_id, address_prefix, detail)",
    ("timestamptz", "text", "text", "text", "text", "text::jsonb"),
)


class Act(StrEnum):
    """Everything that is recorded."""

    SIGNED_IN = "signed-in"
    SIGNED_OUT = "signed-out"
    SESSION_ENDED = "session-ended"
    FACTOR_ADDED = "factor-added"
    FACTOR_REMOVED = "factor-removed"
    BACKUP_CODES_MADE = "backup-codes-made"
    BACKUP_CODE_USED = "backup-code-used"
    SECURITY_CODE_SENT = "security-code-sent"
    FACTOR_SKIPPED = "factor-skipped"
    PROVED_AGAIN = "proved-again"
    PASSWORD_REHASHED = "password-rehashed"  # noqa: S105 - the name of an act
    PASSWORD_CHANGED = "password-changed"  # noqa: S105
    ACCOUNT_EDITED = "account-edited"
    TOKEN_ISSUED = "token-issued"  # noqa: S105
    TOKEN_ENDED = "token-ended"  # noqa: S105
    REDACTION_ACKNOWLEDGED = "redaction-acknowledged"
    LINK_CONFIRMED = "link-confirmed"


async def note(
    connection: Connection,
    act: Act,
    at: datetime,
    *,
    pacer_account: str | None = None,
    court_id: str | None = None,
    client: Client | None = None,
    **detail: str | int | bool | None,
) -> None:
    """Append an act inside the caller's transaction. `detail` is shown to operators: no secret, no code."""
    noted = noting(act, at, pacer_account=pacer_account, court_id=court_id, client=client, **detail)
    await insert(connection, noted)


def noting(
    act: Act,
    at: datetime,
    *,
    pacer_account: str | None = None,
    court_id: str | None = None,
    client: Client | None = None,
    **detail: str | int | bool | None,
) -> Insertion:
    """Return what `note` appends, to be inserted beside the rows of other tables."""
    prefix = address_prefix(client.address) if client else None
    return Insertion(_SHAPE, (at, act.value, pacer_account, court_id, prefix, orjson.dumps(detail).decode()))
