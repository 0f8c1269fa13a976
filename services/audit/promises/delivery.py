"""P6: one delivery per transaction, recipient and letter, and per notice; each accepted one arrived as it was sent."""

from dataclasses import replace
from typing import Final

from services.audit.lines import Line
from services.audit.promises.notices import (
    COPIES_OF_CODES,
    ERASED_BYTES,
    NOTICES,
    NOTICES_IN_FLIGHT,
    NOTICES_UNCHECKED,
)
from services.audit.promises.questions import Promise, Question, ask
from services.audit.snapshot import Snapshot

_DELIVERY: Final = Promise(
    name="P6",
    summary="""
SELECT to_char(count(*), 'FM999,999,999,990') || ' letters, ' ||
       to_char(count(*) FILTER (WHERE state = 'accepted'), 'FM999,999,999,990') || ' accepted, ' ||
       to_char(count(notice_id), 'FM999,999,999,990') || ' of them notices, ' ||
       count(*) FILTER (WHERE state = 'bounced') || ' bounced, ' || count(*) FILTER (WHERE state = 'held') || ' held'
  FROM notifier.deliveries""",
    violations=(
        Question(
            "transaction without its letter",
            """
SELECT e.transaction_id || ' ' || e.letter AS id
  FROM asked_letters AS e JOIN notifier.position AS p USING (partition)
 WHERE e.seq <= p.last_seq AND NOT EXISTS (
       SELECT FROM notifier.deliveries AS d WHERE d.transaction_id = e.transaction_id AND d.letter = e.letter)""",
        ),
        Question(
            "letter that no transaction asks for",
            """
SELECT d.delivery_id::text AS id FROM notifier.deliveries AS d
  LEFT JOIN asked_letters AS e USING (transaction_id, letter) WHERE d.notice_id IS NULL AND e.transaction_id IS NULL""",
        ),
        Question(
            "letter twice",
            """
SELECT transaction_id || ' ' || letter AS id FROM notifier.deliveries WHERE transaction_id IS NOT NULL
 GROUP BY transaction_id, letter HAVING count(*) > 1""",
        ),
        # An address with characters outside ASCII is stored as it goes over the wire, which differs.
        Question(
            "letter to somebody else",
            """
SELECT d.delivery_id::text AS id FROM notifier.deliveries AS d JOIN asked_letters AS e USING (transaction_id, letter)
 WHERE d.recipient <> e.recipient AND octet_length(e.recipient) = length(e.recipient)""",
        ),
        Question(
            "accepted without an attempt that was",
            """
SELECT d.delivery_id::text AS id FROM notifier.deliveries AS d
 WHERE d.state = 'accepted' AND NOT EXISTS (
       SELECT FROM notifier.attempts AS a WHERE a.delivery_id = d.delivery_id AND a.outcome = 'accepted')""",
        ),
        Question(
            "sent again after it was accepted",
            """
SELECT a.delivery_id::text AS id FROM notifier.attempts AS a WHERE a.outcome = 'accepted' AND EXISTS (
       SELECT FROM notifier.attempts AS b WHERE b.delivery_id = a.delivery_id AND b.number > a.number)""",
        ),
        *NOTICES,
    ),
    in_flight=(
        Question(
            "letters to be written",
            """
SELECT e.transaction_id FROM asked_letters AS e LEFT JOIN notifier.position AS p USING (partition)
 WHERE e.seq > coalesce(p.last_seq, 0)""",
        ),
        Question(
            "letters on their way",
            """
SELECT delivery_id FROM notifier.deliveries WHERE state NOT IN ('accepted', 'bounced', 'held')""",
        ),
        *NOTICES_IN_FLIGHT,
    ),
    unchecked=NOTICES_UNCHECKED,
)
_IN_THE_MAILBOX: Final = (
    Question(
        "accepted, but not in the mailbox",
        """
SELECT a.delivery_id::text AS id FROM settled_letters AS a
 WHERE a.state = 'accepted' AND NOT EXISTS (SELECT FROM mails AS m WHERE m.message_id = a.message_id)""",
    ),
    Question(
        "more copies than attempts of unknown fate explain",
        """
SELECT a.delivery_id::text AS id FROM settled_letters AS a JOIN mails AS m USING (message_id)
 GROUP BY a.delivery_id, a.copies_max HAVING count(*) > a.copies_max""",
    ),
    Question(
        "arrived with other bytes than were sent",
        """
SELECT l.delivery_id::text AS id FROM letters AS l JOIN mails AS m USING (message_id)
 WHERE l.digest <> m.digest GROUP BY l.delivery_id""",
    ),
    COPIES_OF_CODES,
)
_STRANGE_MAILS: Final = Question(
    "mails in the mailbox are not ours",
    """
SELECT m.message_id FROM mails AS m WHERE NOT EXISTS (SELECT FROM letters AS l WHERE l.message_id = m.message_id)""",
)


async def delivery(snapshot: Snapshot, *, mailbox: bool, others: bool = False) -> Line:
    """Return P6. Without a mailbox what arrived is left unchecked; with `others` its own producer looks for it."""
    if mailbox:
        promise = replace(
            _DELIVERY,
            violations=_DELIVERY.violations + _IN_THE_MAILBOX,
            unchecked=(*_DELIVERY.unchecked, _STRANGE_MAILS, ERASED_BYTES),
        )
        return await ask(promise, snapshot)
    line = await ask(_DELIVERY, snapshot)
    unseen = "what arrived for other producers" if others else "what arrived (no MAILBOX)"
    return replace(line, unchecked=(*line.unchecked, unseen))
