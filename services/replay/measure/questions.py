"""What is asked of a run: sent = committed = mailed. Each question returns the ids of the requests that it is about.

Breaches fail the audit; what is still under way leaves it open; remarks are told and change nothing.
"""

from typing import Final

from services.audit.promises.questions import Question

SUMMARY: Final = """
SELECT to_char((SELECT count(*) FROM run_sent), 'FM999,999,999,990') || ' records sent, ' ||
       to_char((SELECT count(*) FROM run_requests), 'FM999,999,999,990') || ' requests, ' ||
       to_char((SELECT count(*) FROM run_rows), 'FM999,999,999,990') || ' in the ledger, ' ||
       to_char((SELECT count(*) FROM run_rows JOIN notifier.deliveries AS d USING (transaction_id)
                 WHERE d.letter = 'record' AND d.state = 'accepted'), 'FM999,999,999,990') || ' mails accepted'"""
BREACHES: Final = (
    Question(
        "lost: confirmed by the broker, but not in the request topic where it was confirmed",
        """
SELECT s.request_id::text AS id FROM run_sent AS s
  LEFT JOIN logs AS b ON b.topic = 'link-requests-v1' AND b.partition = s.partition
  LEFT JOIN request_records AS r ON r.partition = s.partition AND r."offset" = s."offset"
 WHERE s.acknowledged AND s."offset" >= coalesce(b.log_start, 0)
   AND (r.request_id IS DISTINCT FROM s.request_id OR r.value_digest <> s.digest)""",
    ),
    Question(
        "lost: confirmed by the broker, but neither in the ledger, nor waiting, nor a dead letter",
        """
SELECT q.request_id::text AS id FROM run_requests AS q
 WHERE q.acknowledged AND NOT EXISTS (SELECT FROM run_rows AS l WHERE l.request_id = q.request_id)
   AND NOT EXISTS (SELECT FROM run_buried AS d WHERE d.request_id = q.request_id)
   AND NOT EXISTS (SELECT FROM unread AS u WHERE u.request_id = q.request_id)""",
    ),
    Question(
        "buried: became dead letters, so that nothing is recorded of them",
        """
SELECT d.request_id::text AS id FROM run_buried AS d
 WHERE NOT EXISTS (SELECT FROM run_rows AS l WHERE l.request_id = d.request_id)""",
    ),
    Question(
        "lost: in the ledger, but never published",
        """
SELECT l.request_id::text AS id FROM run_rows AS l
 WHERE l.transaction_id IN (SELECT transaction_id FROM unpublished)
   AND NOT EXISTS (SELECT FROM to_be_published AS t WHERE t.transaction_id = l.transaction_id)""",
    ),
    Question(
        "doubled: in the ledger more than once",
        "SELECT request_id::text AS id FROM run_rows GROUP BY request_id HAVING count(*) > 1",
    ),
    Question(
        "doubled: published under another number or with other bytes than its ledger row",
        """
SELECT DISTINCT t.request_id::text AS id FROM transaction_records AS t JOIN run_requests AS q USING (request_id)
 WHERE NOT EXISTS (SELECT FROM run_rows AS l WHERE l.request_id = t.request_id AND l.partition = t.partition
                      AND l.seq = t.seq AND l.record_digest = t.record_digest)""",
    ),
    Question(
        "doubled: recorded under this run's name, but not sent by it",
        """
SELECT l.request_id::text AS id
  FROM ledger_rows AS l JOIN request_records AS r ON r.partition = l.partition AND r."offset" = l.request_offset
 WHERE r.replay_run = current_setting('ecflink.replay_run')
   AND NOT EXISTS (SELECT FROM run_requests AS q WHERE q.request_id = l.request_id)""",
    ),
    Question(
        "reordered: in the request topic before an earlier request of its key",
        """
SELECT id FROM (
    SELECT s.request_id::text AS id, s."offset",
           lag(s."offset") OVER (PARTITION BY s.partition, r.key ORDER BY s.index) AS before
      FROM run_sent AS s JOIN request_records AS r USING (partition, "offset")
     WHERE s.acknowledged) AS o
 WHERE "offset" < before""",
    ),
    Question(
        "reordered: in the ledger before an earlier request of its key",
        """
SELECT id FROM (
    SELECT request_id::text AS id, seq, lag(seq) OVER (PARTITION BY partition, key ORDER BY index) AS before
      FROM run_rows WHERE certain AND NOT known_before) AS o
 WHERE seq < before""",
    ),
)
WAITING: Final = (
    Question(
        "not yet taken by the linker",
        """
SELECT q.request_id::text AS id FROM run_requests AS q
 WHERE q.acknowledged AND q.request_id IN (SELECT request_id FROM unread)
   AND NOT EXISTS (SELECT FROM run_rows AS l WHERE l.request_id = q.request_id)""",
    ),
    Question(
        "in the ledger and not yet published",
        """
SELECT request_id::text AS id FROM run_rows WHERE transaction_id IN (SELECT transaction_id FROM to_be_published)""",
    ),
)
REMARKS: Final = (
    Question(
        "late: recorded, but not back within the drain limit",
        "SELECT request_id::text AS id FROM run_rows WHERE NOT came AND NOT known_before",
    ),
    Question(
        "in the ledger, and a dead letter for another sending under the same id",
        "SELECT request_id::text AS id FROM run_buried WHERE request_id IN (SELECT request_id FROM run_rows)",
    ),
    Question(
        "recorded, although the broker never confirmed them",
        """
SELECT request_id::text AS id FROM run_rows JOIN run_requests USING (request_id) WHERE NOT acknowledged""",
    ),
    Question(
        "never confirmed by the broker, and not recorded",
        """
SELECT q.request_id::text AS id FROM run_requests AS q
 WHERE NOT q.acknowledged AND NOT EXISTS (SELECT FROM run_rows AS l WHERE l.request_id = q.request_id)""",
    ),
    Question(
        "in the ledger before this run: without effect",
        "SELECT request_id::text AS id FROM run_rows WHERE known_before",
    ),
    Question(
        "sent more than once under one id: the later ones without effect",
        "SELECT request_id::text AS id FROM run_sent GROUP BY request_id HAVING count(*) > 1",
    ),
    Question(
        "published more than once with the same bytes: without effect",
        """
SELECT t.request_id::text AS id FROM transaction_records AS t JOIN run_requests AS q USING (request_id)
 GROUP BY t.request_id HAVING count(*) > 1 AND count(DISTINCT t.record_digest) = 1""",
    ),
    Question(
        "confirmed without a place, or no longer in the log: not looked up there",
        """
SELECT s.request_id::text AS id FROM run_sent AS s
  JOIN logs AS b ON b.topic = 'link-requests-v1' AND b.partition = s.partition
 WHERE s.acknowledged AND s."offset" < b.log_start""",
    ),
)
