-- The linker's tables: the ledger (which is also the outbox), the active links, the position of each partition, dead letters.
CREATE SCHEMA linker;

-- One row per partition, made by `ecflink topics` alone. It fences: whoever commits must hold the current epoch and stand
-- exactly at next_offset. `published_*` trails by one batch at most: it says how far the output topic surely holds the ledger.
CREATE TABLE linker.position (
    partition           integer PRIMARY KEY CHECK (partition >= 0),
    partition_count     integer NOT NULL CHECK (partition_count > partition),
    epoch               bigint  NOT NULL DEFAULT 0,
    next_offset         bigint  NOT NULL DEFAULT 0 CHECK (next_offset >= 0),
    last_digest         bytea,              -- SHA-256 of the last record taken, at next_offset - 1
    next_seq            bigint  NOT NULL DEFAULT 1 CHECK (next_seq >= 1),
    last_hash           bytea   NOT NULL DEFAULT decode(repeat('00', 32), 'hex'),
    published_seq       bigint  NOT NULL DEFAULT 0,
    published_offset    bigint,             -- where published_seq stands in link-transactions-v1
    published_digest    bytea               -- SHA-256 of that record's value
) WITH (fillfactor = 50);

-- Dense per partition; the exact bytes that go to link-transactions-v1. Never updated, never deleted.
CREATE TABLE linker.ledger (
    partition       integer NOT NULL,
    seq             bigint  NOT NULL,
    transaction_id  bigint  NOT NULL,
    request_id      uuid    NOT NULL,
    request_offset  bigint  NOT NULL,
    request_digest  bytea   NOT NULL,       -- SHA-256 of the request's value: the same id must bring the same bytes
    request_source  text    NOT NULL,       -- its ce_source
    key             bytea   NOT NULL,
    headers         bytea   NOT NULL,       -- a JSON list of [name, value]
    value           bytea   NOT NULL,
    hash            bytea   NOT NULL,       -- SHA-256 over the row before and this row
    committed_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (partition, seq),
    CONSTRAINT ledger_request_once UNIQUE (request_id)
);
-- No index on transaction_id: it is (seq - 1) * partition_count + partition + the first id, so it leads to the primary key.

-- Active links only; ended ones are in the ledger. The two constraints are promise P3.
CREATE TABLE linker.links (
    court_id        text   NOT NULL,
    pacer_account   text   NOT NULL,
    cmecf_canonical text   NOT NULL,
    transaction_id  bigint NOT NULL,
    CONSTRAINT links_one_per_pacer_account PRIMARY KEY (court_id, pacer_account),
    CONSTRAINT links_one_per_cmecf_login UNIQUE (court_id, cmecf_canonical)
);

-- Records that can never be decided, byte for byte. A redrive marks the row and adds a new record to the topic.
CREATE TABLE linker.dead_letters (
    topic           text    NOT NULL,
    partition       integer NOT NULL,
    "offset"        bigint  NOT NULL,
    kind            text    NOT NULL CHECK (kind IN ('malformed', 'bad-proof', 'conflicting-id', 'data-error', 'released')),
    detail          text    NOT NULL,
    key             bytea,
    headers         bytea   NOT NULL,       -- a JSON list of [name, base64 value or null]
    value           bytea,
    request_id      uuid,                   -- where the value could be read
    proof_key_id    text,
    recorded_at     timestamptz NOT NULL DEFAULT now(),
    redriven_at     timestamptz,
    redriven_by     text,
    closed_at       timestamptz,            -- answered by a redrive, or closed by an operator
    PRIMARY KEY (topic, partition, "offset")
);

-- Offsets that an operator let go although their proof names a key that nobody has.
CREATE TABLE linker.releases (
    topic       text    NOT NULL,
    partition   integer NOT NULL,
    "offset"    bigint  NOT NULL,
    ordered_by  text    NOT NULL,
    ordered_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (topic, partition, "offset")
);
