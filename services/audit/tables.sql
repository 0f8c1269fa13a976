-- What the audit gathers, in temporary tables of its one transaction; the promises are then questions in SQL.
-- Memory stays bounded whatever the ledger holds, and the session's end takes it all away.

-- How far each partition's log was read: [log_start, read_to), and where it ended after the snapshot was taken.
CREATE TEMP TABLE logs (
    topic text NOT NULL, partition integer NOT NULL, log_start bigint NOT NULL, read_to bigint NOT NULL, log_end bigint NOT NULL
);

-- link-requests-v1. request_id is null where the value cannot be read; replay_run where no replay sent it.
CREATE TEMP TABLE request_records (
    partition integer NOT NULL, "offset" bigint NOT NULL, request_id uuid, source text, replay_run text,
    key bytea, value_digest bytea NOT NULL, record_digest bytea NOT NULL
);

-- link-transactions-v1. seq and the ids are null where the value cannot be read.
CREATE TEMP TABLE transaction_records (
    partition integer NOT NULL, "offset" bigint NOT NULL, seq bigint, transaction_id bigint, request_id uuid,
    record_digest bytea NOT NULL
);

-- courts-v1: compacted, so that a record may be gone; only the dead letters of the notifier hang on it.
CREATE TEMP TABLE court_records (partition integer NOT NULL, "offset" bigint NOT NULL, record_digest bytea NOT NULL);

-- filer-notices-v1. notice_id, kind and recipient are null where the value cannot be read.
CREATE TEMP TABLE notice_records (
    partition integer NOT NULL, "offset" bigint NOT NULL, notice_id uuid, kind text, recipient text, key bytea,
    record_digest bytea NOT NULL
);

-- linker.ledger, read out. `notice_email` is where the owner of the CM/ECF account is told; `refusal` is what the naive model says of the request alone, before any link is looked at.
CREATE TEMP TABLE ledger_rows (
    partition integer NOT NULL, seq bigint NOT NULL, transaction_id bigint NOT NULL, request_id uuid NOT NULL,
    request_offset bigint NOT NULL, request_digest bytea NOT NULL, source text NOT NULL, key bytea NOT NULL,
    record_digest bytea NOT NULL, committed_at timestamptz NOT NULL,
    status text, reason text, cites bigint, kind text, court_id text, pacer_account text, cmecf_canonical text,
    pacer_email text, notice_email text, refusal text
);

-- The dead letters of linker and notifier.
CREATE TEMP TABLE buried (
    service text NOT NULL, topic text NOT NULL, partition integer NOT NULL, "offset" bigint NOT NULL,
    record_digest bytea NOT NULL, request_id uuid, is_open boolean NOT NULL
);

-- What other producers than auth say that they sent (`--sent FILE`). Not certain: the broker never confirmed it.
CREATE TEMP TABLE sent (request_id uuid NOT NULL, digest bytea NOT NULL, certain boolean NOT NULL);

-- The letters as stored before they were sent, and the mails found. digest is null where the letter is sealed or erased.
CREATE TEMP TABLE letters (delivery_id uuid NOT NULL, message_id text, digest bytea);
CREATE TEMP TABLE mails (message_id text, digest bytea NOT NULL);
