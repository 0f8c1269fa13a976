"""`ecflink mail`: the letters and how each fared, and sending one again that was held or bounced."""

import asyncio
import sys
from typing import Annotated, Final, Literal
from uuid import UUID

from cyclopts import App, Parameter

from services.notifier.deliveries import resend
from services.ops.arguments import By, Count, Json, Number64
from services.ops.inquiry import look_up
from services.runtime.database import acquired, open_pool
from services.runtime.log import mask
from services.runtime.screen import say, show, warn
from services.runtime.settings import DatabaseSettings, load

State = Literal["queued", "claimed", "transmitting", "ambiguous", "deferred", "accepted", "bounced", "held"]

_ERASED: Final = "it held a one-time code and was erased with its final reply: it cannot be sent again"
_COLUMNS: Final = ("delivery_id", "transaction_id", "letter", "recipient", "state", "attempts", "changed_at", "reply")
_LIST: Final = """
SELECT d.delivery_id, d.transaction_id, d.letter, d.recipient, d.state, d.attempts, d.changed_at,
       (SELECT a.reply FROM notifier.attempts AS a
         WHERE a.delivery_id = d.delivery_id ORDER BY number DESC LIMIT 1) AS reply
  FROM notifier.deliveries AS d
 WHERE ($1::text IS NULL OR d.state = $1) AND ($2::bigint IS NULL OR d.transaction_id = $2)
 ORDER BY d.changed_at DESC LIMIT $3"""
_ONE: Final = """
SELECT delivery_id, transaction_id, request_id, letter, recipient, state, attempts, ambiguous, due_at, created_at,
       changed_at, resent_at, resent_by, message_id, message, notice_id, sealed, expires_at, erased_at
  FROM notifier.deliveries WHERE delivery_id = $1"""
_SEALED: Final = "SELECT sealed FROM notifier.deliveries WHERE delivery_id = $1"
_ATTEMPTS: Final = """
SELECT number, started_at, ended_at, outcome, reply, late_reply
  FROM notifier.attempts WHERE delivery_id = $1 ORDER BY number"""

app = App(name="mail", help="The letters about transactions, and the notices.")


@app.command(name="list")
def list_letters(
    *, state: State | None = None, transaction: Number64 | None = None, count: Count = 50, json: Json = False
) -> int:
    """List letters, the last changed first; addresses are masked.

    Parameters
    ----------
    state
        Only those in this state.
    transaction
        Only those about this transaction.
    """
    rows = [dict(row) | {"recipient": mask(row["recipient"])} for row in look_up(_LIST, state, transaction, count)]
    show(rows, columns=_COLUMNS, json=json, empty="no such letter")
    return 0


@app.command(name="show")
def show_letter(
    delivery: UUID,
    /,
    *,
    message: Annotated[bool, Parameter(help="Print the mail itself, as it is sent.", negative=())] = False,
    json: Json = False,
) -> int:
    """Show one letter and every attempt to deliver it that has ended."""
    rows = look_up(_ONE, delivery)
    if not rows:
        return _unknown(delivery)
    facts = dict(rows[0])
    content: bytes = facts.pop("message")
    if message and facts["sealed"]:
        warn(_ERASED if facts["erased_at"] else "it holds a one-time code: only the notifier opens it, for sending")
        return 1
    if message:
        sys.stdout.write(content.decode("utf-8", "replace").replace("\r\n", "\n"))
        return 0
    attempts = [dict(row) for row in look_up(_ATTEMPTS, delivery)]
    if json:
        show([facts | {"attempts": attempts}], columns=(), json=True)
        return 0
    show([{"field": name, "value": value} for name, value in facts.items()], columns=("field", "value"), json=False)
    columns = ("number", "started_at", "ended_at", "outcome", "reply", "late_reply")
    # An attempt has its row once it has ended.
    none = "its first attempt is under way" if facts["state"] == "transmitting" else "not attempted yet"
    show(attempts, columns=columns, json=False, empty=none)
    return 0


@app.command(name="resend")
def resend_letter(delivery: UUID, /, *, by: By) -> int:
    """Queue a letter that was held or bounced once more: the same bytes. Needs the login ecflink_notifier."""
    return asyncio.run(_resend(load(DatabaseSettings), delivery, by))


async def _resend(settings: DatabaseSettings, delivery: UUID, by: str) -> int:
    pool = await open_pool(settings, size_max=1)
    try:
        done = await resend(pool, delivery, by=by)
        async with acquired(pool) as connection:
            sealed = await connection.fetchval(_SEALED, delivery)
    finally:
        await pool.close()
    if sealed:
        warn(f"{_ERASED}; the filer asks for a new code")
        return 1
    if not done:
        warn(f"no letter {delivery} is held or bounced: see `ecflink mail list --state held`")
        return 1
    say("queued; the notifier sends it within seconds")
    return 0


def _unknown(delivery: UUID) -> int:
    warn(f"no letter {delivery}: see `ecflink mail list`")
    return 1
