"""P9: what cannot be read never disappears: each dead letter equals the record at its topic, partition and offset."""

from typing import Final

from services.audit.promises.questions import Promise, Question

DEAD_LETTERS: Final = Promise(
    name="P9",
    summary="""
SELECT to_char(count(*), 'FM999,999,999,990') || ' dead letters, ' || count(*) FILTER (WHERE is_open) || ' open'
  FROM buried""",
    violations=(
        # courts-v1 is compacted: it may have let go of a record that a later one replaced.
        Question(
            "dead letter that is not the record at its place",
            """
SELECT d.service || ' ' || d.topic || ' ' || d.partition || ':' || d."offset" AS id FROM buried AS d
  LEFT JOIN logs AS b USING (topic, partition)
  LEFT JOIN records AS r USING (topic, partition, "offset")
 WHERE d."offset" >= coalesce(b.log_start, 0) AND d."offset" < coalesce(b.read_to, d."offset" + 1)
   AND r.record_digest IS DISTINCT FROM d.record_digest AND NOT (d.topic = 'courts-v1' AND r.topic IS NULL)""",
        ),
        Question(
            "dead letter beyond the end of its log",
            """
SELECT d.service || ' ' || d.topic || ' ' || d.partition || ':' || d."offset" AS id
  FROM buried AS d JOIN logs AS b USING (topic, partition) WHERE d."offset" >= b.log_end""",
        ),
        Question(
            "dead letter that is in the ledger too",
            """
SELECT d.service || ' ' || d.topic || ' ' || d.partition || ':' || d."offset" AS id
  FROM buried AS d JOIN ledger_rows AS l ON l.partition = d.partition AND l.request_offset = d."offset"
 WHERE d.service = 'linker' AND d.topic = 'link-requests-v1'""",
        ),
    ),
    unchecked=(
        Question(
            "dead letters are older than the log",
            'SELECT d."offset" FROM buried AS d JOIN logs AS b USING (topic, partition) WHERE d."offset" < b.log_start',
        ),
    ),
)
