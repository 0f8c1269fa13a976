"""P5: every ledger row is in the output topic, first appearances by `seq` without a gap, copies byte-identical."""

from typing import Final

from services.audit.promises.questions import Promise, Question

PUBLICATION: Final = Promise(
    name="P5",
    summary="""
SELECT to_char(count(*), 'FM999,999,999,990') || ' rows published, ' ||
       to_char((SELECT count(seq) FROM transaction_records) - count(*), 'FM999,999,999,990') || ' copies'
  FROM first_appearances""",
    violations=(
        Question(
            "ledger row that is not in the topic",
            """
SELECT transaction_id::text AS id FROM unpublished
 WHERE transaction_id NOT IN (SELECT transaction_id FROM to_be_published)""",
        ),
        Question(
            "published before the row before it",
            """
SELECT partition || ':' || seq AS id FROM (
    SELECT partition, seq, "offset", lag("offset") OVER (PARTITION BY partition ORDER BY seq) AS before
      FROM first_appearances) AS f
 WHERE "offset" < before""",
        ),
        Question(
            "published record that is not the ledger's row",
            """
SELECT t.partition || ':' || t."offset" AS id FROM transaction_records AS t
  LEFT JOIN ledger_rows AS l USING (partition, seq)
 WHERE t.seq IS NOT NULL AND t.record_digest IS DISTINCT FROM l.record_digest""",
        ),
    ),
    in_flight=(Question("rows to be published", "SELECT transaction_id FROM to_be_published"),),
    unchecked=(
        Question(
            "partitions of the topic have lost their beginning",
            "SELECT partition FROM logs WHERE topic = 'link-transactions-v1' AND log_start > 0",
        ),
        Question(
            "records of the topic are not ours to read", "SELECT partition FROM transaction_records WHERE seq IS NULL"
        ),
    ),
)
