"""P1: each request answered with "received" ends with exactly one ledger row, or is listed; no row without attempt."""

from dataclasses import replace
from typing import Final

from services.audit.lines import Line
from services.audit.promises.questions import Promise, Question, ask
from services.audit.snapshot import Snapshot

_RECEIVED: Final = Promise(
    name="P1",
    summary="""
SELECT to_char(count(*), 'FM999,999,999,990') || ' received, ' ||
       (SELECT to_char(count(*), 'FM999,999,999,990') FROM ledger_rows) || ' recorded'
  FROM auth.attempts""",
    violations=(
        Question(
            "recorded twice", "SELECT request_id::text AS id FROM ledger_rows GROUP BY request_id HAVING count(*) > 1"
        ),
        Question(
            "received, but neither recorded, nor waiting, nor an open dead letter",
            """
SELECT a.request_id::text AS id FROM auth.attempts AS a
 WHERE NOT EXISTS (SELECT FROM ledger_rows AS l WHERE l.request_id = a.request_id)
   AND NOT EXISTS (SELECT FROM auth.outbox AS o WHERE o.request_id = a.request_id)
   AND a.request_id NOT IN (SELECT request_id FROM unread)
   AND a.request_id NOT IN (SELECT request_id FROM open_dead_letters)""",
        ),
        Question(
            "recorded without a received attempt",
            """
SELECT l.request_id::text AS id FROM ledger_rows AS l
 WHERE l.source = '/ecflink/auth' AND NOT EXISTS (SELECT FROM auth.attempts AS a WHERE a.request_id = l.request_id)""",
        ),
        Question(
            "shown to the filer with another transaction than the ledger's",
            """
SELECT a.request_id::text AS id FROM auth.attempts AS a
 WHERE a.state = 'recorded' AND NOT EXISTS (
       SELECT FROM ledger_rows AS l WHERE l.request_id = a.request_id AND l.transaction_id = a.transaction_id)""",
        ),
    ),
    in_flight=(
        Question(
            "received and not yet recorded",
            """
SELECT a.request_id FROM auth.attempts AS a
 WHERE NOT EXISTS (SELECT FROM ledger_rows AS l WHERE l.request_id = a.request_id)
   AND (a.request_id IN (SELECT request_id FROM unread) OR EXISTS (
        SELECT FROM auth.outbox AS o
         WHERE o.request_id = a.request_id AND o.published_at IS NULL AND o.parked_at IS NULL))""",
        ),
        Question(
            "unanswered (`ecflink requests republish`)",
            """
SELECT o.request_id FROM auth.outbox AS o
 WHERE o.published_at IS NOT NULL AND o.request_id IS NOT NULL
   AND o.request_id NOT IN (SELECT request_id FROM unread)
   AND o.request_id NOT IN (SELECT request_id FROM open_dead_letters)
   AND NOT EXISTS (SELECT FROM ledger_rows AS l WHERE l.request_id = o.request_id)""",
        ),
        Question("parked, refused by the broker", "SELECT id FROM auth.outbox WHERE parked_at IS NOT NULL"),
        Question(
            "of other producers waiting",
            "SELECT request_id FROM sent WHERE request_id IN (SELECT request_id FROM unread)",
        ),
        Question("among the open dead letters", "SELECT request_id FROM open_dead_letters"),
    ),
)
_LOST: Final = Question(
    "sent by another producer, but neither recorded, nor waiting, nor an open dead letter",
    """
SELECT s.request_id::text AS id FROM sent AS s
 WHERE s.certain AND NOT EXISTS (SELECT FROM ledger_rows AS l WHERE l.request_id = s.request_id)
   AND s.request_id NOT IN (SELECT request_id FROM unread)
   AND s.request_id NOT IN (SELECT request_id FROM open_dead_letters)""",
)
_UNSENT: Final = Question(
    "recorded, but not sent by its producer with these bytes",
    """
SELECT l.request_id::text AS id FROM ledger_rows AS l
 WHERE l.source <> '/ecflink/auth' AND NOT EXISTS (
       SELECT FROM sent AS s WHERE s.request_id = l.request_id AND s.digest = l.request_digest)""",
)
_OTHERS: Final = replace(_UNSENT, what="requests of other producers (not in this manifest)")
_STRANGERS: Final = """
SELECT source, count(*) AS total FROM ledger_rows WHERE source <> '/ecflink/auth'
 GROUP BY source ORDER BY source LIMIT 5"""


async def received(snapshot: Snapshot, *, manifest: bool, others: bool = False) -> Line:
    """Return P1. Without a manifest, requests of other producers than auth are unaudited; with `others` the manifest is
    that of one of several, and what the others sent is left unchecked.
    """
    if manifest:
        asked = (_LOST,) if others else (_LOST, _UNSENT)
        told = (_OTHERS,) if others else ()
        return await ask(replace(_RECEIVED, violations=_RECEIVED.violations + asked, unchecked=told), snapshot)
    strangers = await snapshot.fetch(_STRANGERS)
    unaudited = tuple(f"{row['total']:,} requests of {row['source']}: give --sent FILE" for row in strangers)
    return replace(await ask(_RECEIVED, snapshot), unaudited=unaudited)
