-- A run beside what the audit gathers: what was sent, as its manifest says, and one row for each request of it.

-- Every record that was handed over. offset is -1 where the broker no longer knew it; came: through the last stage in time.
CREATE TEMP TABLE run_sent (
    index bigint NOT NULL, request_id uuid NOT NULL, digest bytea NOT NULL, partition integer NOT NULL,
    "offset" bigint NOT NULL, acknowledged boolean NOT NULL, came boolean NOT NULL
);

-- One row for each request, filled from run_sent. certain: every sending of it was confirmed, so that its first is known.
CREATE TEMP TABLE run_requests (
    request_id uuid NOT NULL, index bigint NOT NULL, acknowledged boolean NOT NULL, certain boolean NOT NULL,
    came boolean NOT NULL
);

-- The ledger's rows of the run. known_before: the row stems from a record that this run did not send.
CREATE TEMP TABLE run_rows (
    request_id uuid NOT NULL, index bigint NOT NULL, certain boolean NOT NULL, came boolean NOT NULL,
    partition integer NOT NULL, seq bigint NOT NULL, transaction_id bigint NOT NULL, key bytea NOT NULL,
    record_digest bytea NOT NULL, known_before boolean NOT NULL
);

-- The requests of the run of which a record became a dead letter.
CREATE TEMP TABLE run_buried (request_id uuid NOT NULL);
