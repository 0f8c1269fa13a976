-- Fills the run's tables once the ledger and the topics are laid out. The setting is the header that the run put on its
-- records.
INSERT INTO run_requests
SELECT request_id, min(index), bool_or(acknowledged), bool_and(acknowledged), bool_or(came)
  FROM run_sent GROUP BY request_id;
ANALYZE run_sent, run_requests;

INSERT INTO run_rows
SELECT l.request_id, q.index, q.certain, q.came, l.partition, l.seq, l.transaction_id, l.key, l.record_digest,
       r.partition IS NOT NULL AND coalesce(r.replay_run, '') <> current_setting('ecflink.replay_run')
  FROM ledger_rows AS l
  JOIN run_requests AS q USING (request_id)
  LEFT JOIN request_records AS r ON r.partition = l.partition AND r."offset" = l.request_offset;

INSERT INTO run_buried
SELECT s.request_id FROM run_sent AS s JOIN buried AS d USING (partition, "offset")
 WHERE d.service = 'linker' AND d.topic = 'link-requests-v1'
 UNION
SELECT q.request_id FROM run_requests AS q JOIN buried AS d USING (request_id) WHERE d.service = 'linker';
ANALYZE run_rows, run_buried;
