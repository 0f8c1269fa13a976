"""Delivers the letters of a scene as a notifier would have: rows as it leaves them, mails as servers keep them."""

import json
from pathlib import Path
from typing import Any

from services.contract.ids import delivery_id

_ROWS = "SELECT partition, seq, transaction_id, request_id, key, value FROM linker.ledger ORDER BY partition, seq"
_DELIVERY = """
INSERT INTO notifier.deliveries (delivery_id, partition, transaction_id, request_id, letter, recipient, key,
                                 state, epoch, attempts, message_id, message)
VALUES ($1, $2, $3, $4, $5, $6, $7, 'accepted', 1, 1, $8, $9)"""
_ATTEMPT = "INSERT INTO notifier.attempts (delivery_id, number, epoch, outcome) VALUES ($1, 1, 1, 'accepted')"
_POSITION = """
UPDATE notifier.position AS n SET last_seq = l.next_seq - 1, next_offset = l.next_seq - 1
  FROM linker.position AS l WHERE l.partition = n.partition"""


async def deliver(connection: Any, mailbox: Path) -> None:  # noqa: ANN401 - asyncpg has no types
    """Write deliveries, attempts, mails and the notifier's position for every row of the ledger."""
    for folder in ("new", "cur", "tmp"):
        (mailbox / folder).mkdir(parents=True)
    for row in await connection.fetch(_ROWS):
        for letter, recipient in _letters(json.loads(row["value"])):
            number = delivery_id(row["transaction_id"], letter)
            identity = f"<{number}@example.org>"
            message = f"From: a@example.org\r\nMessage-ID: {identity}\r\n\r\n{letter}\r\n".encode()
            place = row["partition"], row["transaction_id"], row["request_id"]
            await connection.execute(_DELIVERY, number, *place, letter, recipient, row["key"], identity, message)
            await connection.execute(_ATTEMPT, number)
            (mailbox / "new" / str(number)).write_bytes(b"X-Peer: 127.0.0.1\n" + message.replace(b"\r\n", b"\n"))
    await connection.execute(_POSITION)


def _letters(facts: dict[str, Any]) -> list[tuple[str, str]]:
    request = facts["request"]
    letters = [("record", request["pacer_email"])]
    if "reason" not in facts and "cmecf_email" in request:
        letters.append(("owner-notice", request["cmecf_email"]))
    return letters
