"""P7: no position is beyond its log's end; every offset below it is a ledger row, a known id or a dead letter."""

from typing import Final

from services.audit.promises.questions import Promise, Question

POSITION: Final = Promise(
    name="P7",
    summary="""
SELECT to_char(coalesce(sum(next_offset), 0), 'FM999,999,999,990') || ' offsets on ' || count(*) || ' partitions'
  FROM linker.position""",
    violations=(
        Question(
            "linker stands beyond the end of partition",
            """
SELECT p.partition::text AS id FROM linker.position AS p
  LEFT JOIN logs AS b ON b.topic = 'link-requests-v1' AND b.partition = p.partition
 WHERE p.next_offset > coalesce(b.log_end, 0)""",
        ),
        Question(
            "notifier stands beyond the end of partition",
            """
SELECT p.partition::text AS id FROM notifier.position AS p
  LEFT JOIN logs AS b ON b.topic = 'link-transactions-v1' AND b.partition = p.partition
 WHERE p.next_offset > coalesce(b.log_end, 0)""",
        ),
        Question(
            "notifier stands beyond the end of the notices of partition",
            """
SELECT p.partition::text AS id FROM notifier.position AS p
  LEFT JOIN logs AS b ON b.topic = 'filer-notices-v1' AND b.partition = p.partition
 WHERE p.notice_next_offset > coalesce(b.log_end, 0)""",
        ),
        Question(
            "request passed over",
            """
SELECT r.partition || ':' || r."offset" AS id
  FROM request_records AS r JOIN linker.position AS p USING (partition)
 WHERE r."offset" < p.next_offset
   AND NOT EXISTS (SELECT FROM ledger_rows AS l WHERE l.partition = r.partition AND l.request_offset = r."offset")
   AND NOT EXISTS (SELECT FROM buried AS d WHERE d.service = 'linker' AND d.topic = 'link-requests-v1'
                      AND d.partition = r.partition AND d."offset" = r."offset")
   AND NOT EXISTS (SELECT FROM ledger_rows AS l WHERE l.request_id = r.request_id AND l.request_digest = r.value_digest
                      AND l.partition = r.partition AND l.request_offset < r."offset")""",
        ),
        Question(
            "recorded from an offset that the linker has not reached",
            """
SELECT l.transaction_id::text AS id FROM ledger_rows AS l LEFT JOIN linker.position AS p USING (partition)
 WHERE l.request_offset >= coalesce(p.next_offset, 0)""",
        ),
        Question(
            "transactions passed over by the notifier on partition",
            """
SELECT p.partition::text AS id FROM notifier.position AS p
  JOIN logs AS b ON b.topic = 'link-transactions-v1' AND b.partition = p.partition AND b.log_start = 0
 WHERE p.next_offset <= b.read_to AND p.last_seq <> coalesce(
       (SELECT max(t.seq) FROM transaction_records AS t
         WHERE t.partition = p.partition AND t."offset" < p.next_offset), 0)""",
        ),
    ),
    in_flight=(
        Question(
            "requests to be taken",
            """
SELECT r."offset" FROM request_records AS r JOIN linker.position AS p USING (partition)
 WHERE r."offset" >= p.next_offset""",
        ),
    ),
    unchecked=(
        Question(
            "partitions of requests have lost their beginning",
            "SELECT partition FROM logs WHERE topic = 'link-requests-v1' AND log_start > 0",
        ),
    ),
)
