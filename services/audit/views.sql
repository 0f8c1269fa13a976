-- What several questions share, as temporary views over the tables that were gathered and those of the services.

-- P1. Requests that the linker has not taken yet, and those among the open dead letters.
CREATE TEMP VIEW unread AS
SELECT r.request_id FROM request_records AS r JOIN linker.position AS p USING (partition)
 WHERE r."offset" >= p.next_offset AND r.request_id IS NOT NULL;

CREATE TEMP VIEW open_dead_letters AS
SELECT request_id FROM buried WHERE service = 'linker' AND is_open AND request_id IS NOT NULL;

-- P3. The active links counted anew from the ledger: every link made, less those that an Unlink ended.
CREATE TEMP VIEW counted_links AS
SELECT made.transaction_id, made.court_id, made.pacer_account, made.cmecf_canonical FROM ledger_rows AS made
 WHERE made.kind = 'Link' AND made.status = 'Processed' AND made.reason IS NULL AND NOT EXISTS (
       SELECT FROM ledger_rows AS ended
        WHERE ended.kind = 'Unlink' AND ended.status = 'Processed' AND ended.cites = made.transaction_id);

CREATE TEMP VIEW all_links AS
SELECT transaction_id, court_id, pacer_account, cmecf_canonical FROM counted_links
 UNION SELECT transaction_id, court_id, pacer_account, cmecf_canonical FROM linker.links;

-- P5. The first appearance of each row in link-transactions-v1; what repeats is a copy.
CREATE TEMP VIEW first_appearances AS
SELECT partition, seq, min("offset") AS "offset" FROM transaction_records WHERE seq IS NOT NULL GROUP BY partition, seq;

-- Rows that are not in what was read; below the beginning of a log that lost its first records nothing can be said.
CREATE TEMP VIEW unpublished AS
SELECT l.partition, l.seq, l.transaction_id
  FROM ledger_rows AS l
  LEFT JOIN first_appearances AS f USING (partition, seq)
  LEFT JOIN (
       SELECT b.partition, coalesce(min(t.seq), 9223372036854775807) AS first_seq
         FROM logs AS b LEFT JOIN transaction_records AS t USING (partition)
        WHERE b.topic = 'link-transactions-v1' AND b.log_start > 0 GROUP BY b.partition) AS trimmed USING (partition)
 WHERE f.seq IS NULL AND l.seq >= coalesce(trimmed.first_seq, 1);

-- Of these, the rows under way: nothing after them was published, and the linker does not hold them for published, or did
-- publish them after the end that was read.
CREATE TEMP VIEW to_be_published AS
SELECT m.transaction_id
  FROM unpublished AS m
  LEFT JOIN linker.position AS p USING (partition)
  LEFT JOIN logs AS b ON b.topic = 'link-transactions-v1' AND b.partition = m.partition
  LEFT JOIN (SELECT partition, max(seq) AS seq FROM transaction_records GROUP BY partition) AS last
    ON last.partition = m.partition
 WHERE m.seq > coalesce(last.seq, 0)
   AND (m.seq > coalesce(p.published_seq, 0) OR p.published_offset >= b.read_to AND p.published_offset < b.log_end);

-- P6. The letters that the transactions ask for.
CREATE TEMP VIEW asked_letters AS
SELECT partition, seq, transaction_id, 'record' AS letter, pacer_email AS recipient
  FROM ledger_rows WHERE status IS NOT NULL
 UNION ALL
SELECT partition, seq, transaction_id, 'owner-notice', notice_email FROM ledger_rows WHERE notice_email IS NOT NULL;

-- Filers noted as told whose notice is nowhere: not in the log, not in the outbox, not mailed.
CREATE TEMP VIEW untraced_announcements AS
SELECT t.notice_id FROM auth.announced AS t
 WHERE NOT EXISTS (SELECT FROM notice_records AS r WHERE r.notice_id = t.notice_id)
   AND NOT EXISTS (SELECT FROM notifier.deliveries AS d WHERE d.notice_id = t.notice_id)
   AND t.notice_id NOT IN (
       SELECT (convert_from(o.value, 'UTF8')::jsonb ->> 'notice_id')::uuid FROM auth.outbox AS o
        WHERE o.topic = 'filer-notices-v1');

-- How many copies each settled letter may have: the accepted one, and one for each attempt whose fate was unknown.
CREATE TEMP VIEW settled_letters AS
SELECT d.delivery_id, d.message_id, d.state, (d.state = 'accepted')::integer + coalesce(a.total, 0) AS copies_max
  FROM notifier.deliveries AS d
  LEFT JOIN (
       SELECT delivery_id, count(*) AS total FROM notifier.attempts WHERE outcome = 'ambiguous' GROUP BY delivery_id) AS a
 USING (delivery_id)
 WHERE d.state IN ('accepted', 'bounced', 'held');

-- P9. Every record that was read, by its place.
CREATE TEMP VIEW records AS
SELECT 'link-requests-v1' AS topic, partition, "offset", record_digest FROM request_records
 UNION ALL SELECT 'link-transactions-v1', partition, "offset", record_digest FROM transaction_records
 UNION ALL SELECT 'courts-v1', partition, "offset", record_digest FROM court_records
 UNION ALL SELECT 'filer-notices-v1', partition, "offset", record_digest FROM notice_records;
