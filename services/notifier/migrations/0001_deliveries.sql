-- The notifier's tables: where it stands in link-transactions-v1, one delivery per transaction and letter, every attempt.
CREATE SCHEMA notifier;

-- One row per partition, made by `ecflink topics` alone. It fences: whoever takes records in must hold the current epoch and
-- stand exactly at next_offset.
CREATE TABLE notifier.position (
    partition           integer PRIMARY KEY CHECK (partition >= 0),
    partition_count     integer NOT NULL CHECK (partition_count > partition),
    epoch               bigint  NOT NULL DEFAULT 0,
    next_offset         bigint  NOT NULL DEFAULT 0 CHECK (next_offset >= 0),
    last_digest         bytea,              -- SHA-256 of the value of the last record taken, at next_offset - 1
    last_seq            bigint  NOT NULL DEFAULT 0,     -- the highest ledger seq applied: the next must be one more
    next_event          bigint  NOT NULL DEFAULT 1      -- number of the next outgoing delivery event
) WITH (fillfactor = 50);

CREATE TABLE notifier.deliveries (
    delivery_id     uuid    PRIMARY KEY,    -- derived from transaction and letter
    partition       integer NOT NULL,
    transaction_id  bigint  NOT NULL,
    request_id      uuid    NOT NULL,
    letter          text    NOT NULL,
    recipient       text    NOT NULL,       -- as it stands in RCPT TO
    key             bytea   NOT NULL,       -- of the transaction, and so of the delivery's events
    traceparent     bytea,                  -- of the transaction, carried on to the events
    state           text    NOT NULL CHECK (state IN ('queued', 'claimed', 'transmitting', 'ambiguous', 'deferred', 'accepted', 'bounced', 'held')),
    epoch           bigint  NOT NULL,       -- of the owner that made the last change
    attempts        integer NOT NULL DEFAULT 0,
    ambiguous       integer NOT NULL DEFAULT 0,     -- how many attempts ended so
    deferrals       integer NOT NULL DEFAULT 0,     -- how many attempts the server put off: the back-off grows with it
    due_at          timestamptz NOT NULL DEFAULT now(),
    message_id      text    NOT NULL,
    message         bytea   NOT NULL,       -- the rendered bytes; the same in every attempt, kept
    created_at      timestamptz NOT NULL DEFAULT now(),
    changed_at      timestamptz NOT NULL DEFAULT now(),
    resent_at       timestamptz,            -- by an operator, who thereby answers for a possible copy
    resent_by       text,
    UNIQUE (transaction_id, letter)
);
-- A row with its letter is over 2 kB, so the letter goes out of line, and a change of state copies a pointer to it.
ALTER TABLE notifier.deliveries ALTER COLUMN message SET STORAGE EXTERNAL;
CREATE INDEX deliveries_due ON notifier.deliveries (partition, due_at) WHERE state IN ('queued', 'deferred', 'ambiguous');
CREATE INDEX deliveries_open ON notifier.deliveries (partition) WHERE state IN ('claimed', 'transmitting');

-- Rows are made from a row of deliveries in the same statement and never deleted: a foreign key would check that each time.
CREATE TABLE notifier.attempts (
    delivery_id     uuid    NOT NULL,
    number          integer NOT NULL,
    epoch           bigint  NOT NULL,
    started_at      timestamptz NOT NULL DEFAULT now(),
    ended_at        timestamptz,
    outcome         text    CHECK (outcome IN ('accepted', 'deferred', 'bounced', 'ambiguous', 'not-sent')),
    reply           text,
    late_reply      text,                   -- told by a former owner after the attempt had been ended for it
    PRIMARY KEY (delivery_id, number)
) WITH (fillfactor = 60);                   -- the end of an attempt fits beside its beginning

-- Outgoing delivery events, in order per partition; published by the owner of the partition, deleted once acknowledged.
CREATE TABLE notifier.outbox (
    partition   integer NOT NULL,
    number      bigint  NOT NULL,
    key         bytea   NOT NULL,
    headers     bytea   NOT NULL,           -- a JSON list of [name, value]
    value       bytea   NOT NULL,
    PRIMARY KEY (partition, number)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

-- Records that can never be read, byte for byte. A redrive marks the row and adds a new record to the topic.
CREATE TABLE notifier.dead_letters (
    topic           text    NOT NULL,
    partition       integer NOT NULL,
    "offset"        bigint  NOT NULL,
    kind            text    NOT NULL CHECK (kind IN ('malformed', 'data-error')),
    detail          text    NOT NULL,
    key             bytea,
    headers         bytea   NOT NULL,       -- a JSON list of [name, base64 value or null]
    value           bytea,
    recorded_at     timestamptz NOT NULL DEFAULT now(),
    redriven_at     timestamptz,
    redriven_by     text,
    closed_at       timestamptz,
    PRIMARY KEY (topic, partition, "offset")
);
