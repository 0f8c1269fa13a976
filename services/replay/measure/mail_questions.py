"""What is asked of a run's mail: each recorded request has its letter, accepted once, in the mailbox as it was sent.

Rows that were in the ledger before the run were mailed before it, and are left out.
"""

from typing import Final

from services.audit.promises.questions import Question

MAIL_BREACHES: Final = (
    Question(
        "lost: in the ledger, but its letter was never written",
        """
SELECT l.request_id::text AS id FROM run_rows AS l JOIN notifier.position AS p USING (partition)
 WHERE NOT l.known_before AND l.seq <= p.last_seq AND NOT EXISTS (
       SELECT FROM notifier.deliveries AS d WHERE d.transaction_id = l.transaction_id AND d.letter = 'record')""",
    ),
    Question(
        "doubled: its letter written more than once",
        """
SELECT DISTINCT l.request_id::text AS id FROM run_rows AS l JOIN notifier.deliveries AS d USING (transaction_id)
 WHERE NOT l.known_before GROUP BY l.request_id, d.transaction_id, d.letter HAVING count(*) > 1""",
    ),
)
MAIL_WAITING: Final = (
    Question(
        "letters not yet written",
        """
SELECT l.request_id::text AS id FROM run_rows AS l LEFT JOIN notifier.position AS p USING (partition)
 WHERE NOT l.known_before AND l.seq > coalesce(p.last_seq, 0)""",
    ),
    Question(
        "letters on their way",
        """
SELECT l.request_id::text AS id FROM run_rows AS l JOIN notifier.deliveries AS d USING (transaction_id)
 WHERE NOT l.known_before AND d.state NOT IN ('accepted', 'bounced', 'held')""",
    ),
)
MAIL_REMARKS: Final = (
    Question(
        "letters that the mail server refused for good, or that are held",
        """
SELECT l.request_id::text AS id FROM run_rows AS l JOIN notifier.deliveries AS d USING (transaction_id)
 WHERE NOT l.known_before AND d.state IN ('bounced', 'held')""",
    ),
)
_SETTLED: Final = """
  FROM run_rows AS l
  JOIN notifier.deliveries AS d USING (transaction_id)
  JOIN settled_letters AS a USING (delivery_id)"""
MAILBOX_BREACHES: Final = (
    Question(
        "lost: mail accepted, but not in the mailbox",
        f"""
SELECT l.request_id::text AS id{_SETTLED}
 WHERE NOT l.known_before AND a.state = 'accepted'
   AND NOT EXISTS (SELECT FROM mails AS m WHERE m.message_id = a.message_id)""",  # noqa: S608 - our own constants
    ),
    Question(
        "doubled: more copies in the mailbox than attempts of unknown fate explain",
        f"""
SELECT l.request_id::text AS id{_SETTLED}
  JOIN mails AS m ON m.message_id = a.message_id
 WHERE NOT l.known_before GROUP BY l.request_id, a.delivery_id, a.copies_max HAVING count(*) > a.copies_max""",
    ),
    Question(
        "changed: arrived with other bytes than were sent",
        """
SELECT DISTINCT l.request_id::text AS id
  FROM run_rows AS l
  JOIN notifier.deliveries AS d USING (transaction_id)
  JOIN letters AS s USING (delivery_id)
  JOIN mails AS m ON m.message_id = s.message_id
 WHERE NOT l.known_before AND s.digest <> m.digest""",
    ),
)
