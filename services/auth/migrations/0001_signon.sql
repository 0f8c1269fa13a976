-- auth's tables: accounts and courts, sessions and link attempts, the outbox, and the projection of link transactions.
CREATE SCHEMA auth;

CREATE TABLE auth.courts (
    court_id    text PRIMARY KEY,
    facts       jsonb NOT NULL,             -- the last courts-v1 event, kept so that auth starts without a broker
    "offset"    bigint NOT NULL
);

CREATE TABLE auth.pacer_accounts (
    pacer_account   text PRIMARY KEY,
    login           text NOT NULL UNIQUE,
    password_hash   text NOT NULL,          -- a PHC string, Argon2id
    name            text NOT NULL,
    email           text NOT NULL,
    upgraded        boolean NOT NULL,
    verifier_version bigint NOT NULL DEFAULT 1,
    imported_at     timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE auth.cmecf_accounts (
    court_id        text NOT NULL,
    cmecf_canonical text NOT NULL,
    login           text NOT NULL,
    password_hash   text NOT NULL,
    name            text NOT NULL,
    email           text,
    verifier_version bigint NOT NULL DEFAULT 1,
    imported_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (court_id, cmecf_canonical)
);

CREATE TABLE auth.sessions (
    token_hash      bytea PRIMARY KEY,      -- SHA-256 of the cookie's value
    pacer_account   text NOT NULL REFERENCES auth.pacer_accounts ON DELETE CASCADE,
    court_id        text,
    client_code     text NOT NULL DEFAULT '',
    signed_in_at    timestamptz NOT NULL,
    last_seen_at    timestamptz NOT NULL,
    expires_at      timestamptz NOT NULL,
    acknowledged_court text                 -- the court for which "this is my own account" was ticked
);
CREATE INDEX sessions_expiry ON auth.sessions (expires_at);

-- One wish of one filer. open -> received (committed with its outbox row) -> recorded (its transaction came back).
CREATE TABLE auth.attempts (
    request_id      uuid PRIMARY KEY,
    kind            text NOT NULL CHECK (kind IN ('Link', 'Unlink')),
    court_id        text NOT NULL,
    pacer_account   text NOT NULL,
    cmecf_canonical text NOT NULL,
    state           text NOT NULL CHECK (state IN ('received', 'recorded')),
    received_at     timestamptz NOT NULL,
    transaction_id  bigint,
    recorded_at     timestamptz
);
-- One open attempt per (court, PACER account).
CREATE UNIQUE INDEX attempts_one_open ON auth.attempts (court_id, pacer_account) WHERE state = 'received';

CREATE TABLE auth.outbox (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic           text  NOT NULL,         -- without the deployment's prefix
    key             bytea NOT NULL,
    headers         bytea NOT NULL,         -- a JSON list of [name, value]
    value           bytea NOT NULL,
    request_id      uuid,                   -- of link requests: the row stays until its transaction comes back
    proof_key_id    text,
    created_at      timestamptz NOT NULL DEFAULT now(),
    published_at    timestamptz,
    parked_at       timestamptz,            -- the broker refused this row for itself
    parked_reason   text
);
CREATE INDEX outbox_waiting ON auth.outbox (topic, id) WHERE published_at IS NULL AND parked_at IS NULL;
CREATE UNIQUE INDEX outbox_request ON auth.outbox (request_id) WHERE request_id IS NOT NULL;

-- The projection of link-transactions-v1 and mail-deliveries-v1; can be thrown away and rebuilt from the topics.
CREATE TABLE auth.transactions (
    transaction_id  bigint PRIMARY KEY,
    request_id      uuid NOT NULL UNIQUE,
    court_id        text NOT NULL,
    pacer_account   text NOT NULL,
    cmecf_canonical text NOT NULL,
    facts           bytea NOT NULL          -- the transaction's value as published
);
CREATE INDEX transactions_of_filer ON auth.transactions (pacer_account, court_id);
CREATE TABLE auth.links (
    court_id        text NOT NULL,
    pacer_account   text NOT NULL,
    cmecf_canonical text NOT NULL,
    transaction_id  bigint NOT NULL,
    PRIMARY KEY (court_id, pacer_account)
);
-- Not unique: partitions are read one by one, so a CM/ECF login may for a moment stand with its old and its new account.
CREATE INDEX links_of_cmecf_login ON auth.links (court_id, cmecf_canonical);
CREATE INDEX links_of_transaction ON auth.links (transaction_id);
CREATE TABLE auth.deliveries (
    delivery_id     uuid PRIMARY KEY,
    transaction_id  bigint NOT NULL,
    letter          text NOT NULL,
    state           text NOT NULL,
    changed_at      timestamptz NOT NULL
);
CREATE INDEX deliveries_of_transaction ON auth.deliveries (transaction_id);
CREATE TABLE auth.projection (
    topic       text    NOT NULL,
    partition   integer NOT NULL,
    next_offset bigint  NOT NULL,
    last_seq    bigint  NOT NULL DEFAULT 0,
    PRIMARY KEY (topic, partition)
);
