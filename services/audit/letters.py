"""Lays the letters as they were stored beside the mails that arrived; only where there is a mailbox to look into."""

import asyncio
from itertools import batched

from services.audit.digests import letter_digest
from services.audit.mailbox import mails, message_id
from services.audit.snapshot import ROW_COUNT_MAX, Snapshot

# A letter with a one-time code is kept closed, and erased in the end: its bytes are not those that arrive.
_STORED = "SELECT delivery_id, message_id, CASE WHEN NOT sealed THEN message END AS message FROM notifier.deliveries"

_OF_SENT = " WHERE request_id IN (SELECT request_id FROM sent)"


async def read_letters(into: Snapshot, *, mailbox: str, of_sent: bool = False) -> None:
    """Fill `letters` and `mails`. The mailbox is read after the snapshot, so it may hold more, never less.

    `of_sent`: only the letters about requests of the manifest, whose mail alone lands in this mailbox.
    """
    async for block in into.rows(_STORED + (_OF_SENT if of_sent else "")):
        rows = [(row["delivery_id"], row["message_id"], _digest(row["message"])) for row in block]
        await into.add("letters", ("delivery_id", "message_id", "digest"), rows)
    arrived = batched(mails(mailbox), ROW_COUNT_MAX // 10, strict=False)
    # Files and HTTP block: off the loop, one batch at a time, so that the broker and the database hear from us.
    while batch := await asyncio.to_thread(next, arrived, ()):
        await into.add("mails", ("message_id", "digest"), [(message_id(mail), letter_digest(mail)) for mail in batch])


def _digest(message: bytes | None) -> bytes | None:
    return None if message is None else letter_digest(message)
