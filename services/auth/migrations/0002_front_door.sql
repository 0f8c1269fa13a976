-- The front door: kinds and states of accounts, second factors, known places, notices, security acts.
ALTER TABLE auth.pacer_accounts
    ALTER COLUMN password_hash DROP NOT NULL,                       -- null: verified by the remote sign-on alone
    ADD COLUMN kind text NOT NULL DEFAULT 'individual' CHECK (kind IN ('individual', 'administrative', 'shared')),
    ADD COLUMN status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'inactive', 'disabled')),
    ADD COLUMN exempt boolean NOT NULL DEFAULT false,
    ADD COLUMN case_search_only boolean NOT NULL DEFAULT false,
    ADD COLUMN roles text[] NOT NULL DEFAULT '{}',
    ADD COLUMN client_code_required boolean NOT NULL DEFAULT false,
    ADD COLUMN client_codes text[] NOT NULL DEFAULT '{}',           -- those that the firm takes; empty: any
    ADD COLUMN password_set_at timestamptz,
    ADD COLUMN brought_hash bytea,                                  -- SHA-256 of the imported hash that ours took the place of: the same file again changes nothing
    ADD COLUMN factor_skips integer NOT NULL DEFAULT 0;
ALTER TABLE auth.cmecf_accounts
    ADD COLUMN role text NOT NULL DEFAULT 'attorney',
    ADD COLUMN brought_hash bytea,
    ADD COLUMN status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'inactive', 'disabled'));
ALTER TABLE auth.sessions
    ADD COLUMN origin text NOT NULL DEFAULT 'pages' CHECK (origin IN ('pages', 'api')),
    ADD COLUMN stage text NOT NULL DEFAULT 'full' CHECK (stage IN ('full', 'factor-due', 'enrol-offered', 'restricted')),
    ADD COLUMN proved_at timestamptz,                               -- the last time that the password (and factor) was given; null: signed_in_at
    ADD COLUMN redaction_court text,                                -- the court for which the redaction notice was acknowledged
    ADD COLUMN challenge bytea,                                     -- of the passkey ceremony under way, encrypted
    ADD COLUMN challenge_until timestamptz;
CREATE INDEX sessions_of_account ON auth.sessions (pacer_account);

CREATE TABLE auth.factors (
    factor_id       uuid PRIMARY KEY,
    pacer_account   text NOT NULL REFERENCES auth.pacer_accounts ON DELETE CASCADE,
    kind            text NOT NULL CHECK (kind IN ('totp', 'passkey')),
    label           text NOT NULL,
    secret          bytea,                  -- totp: the seed, encrypted (FACTOR_SECRET)
    last_step       bigint NOT NULL DEFAULT 0,                      -- totp: the highest time step taken; a code never twice
    credential_id   bytea UNIQUE,           -- passkey
    public_key      bytea,
    sign_count      bigint NOT NULL DEFAULT 0,
    created_at      timestamptz NOT NULL,
    confirmed_at    timestamptz,            -- null: enrolment not finished; swept after an hour
    used_at         timestamptz
);
CREATE INDEX factors_of_account ON auth.factors (pacer_account);
CREATE TABLE auth.backup_codes (
    pacer_account   text NOT NULL REFERENCES auth.pacer_accounts ON DELETE CASCADE,
    digest          bytea NOT NULL,         -- HMAC-SHA256 under a key derived from FACTOR_SECRET, over account and code
    used_at         timestamptz,
    PRIMARY KEY (pacer_account, digest)
);
CREATE TABLE auth.security_codes (          -- e-mailed; one per account, the newest counts
    pacer_account   text PRIMARY KEY REFERENCES auth.pacer_accounts ON DELETE CASCADE,
    digest          bytea NOT NULL,
    tries           integer NOT NULL DEFAULT 0,
    sent_at         timestamptz NOT NULL,
    expires_at      timestamptz NOT NULL,
    taken_at        timestamptz
);
CREATE TABLE auth.known_places (            -- where an account signed in before: no throttle of strangers applies there
    pacer_account   text NOT NULL REFERENCES auth.pacer_accounts ON DELETE CASCADE,
    address_prefix  text NOT NULL,
    last_at         timestamptz NOT NULL,
    PRIMARY KEY (pacer_account, address_prefix)
);
CREATE TABLE auth.notice_keys (             -- public keys of the notifier, written by `ecflink migrate`
    key_id          text PRIMARY KEY,
    public_key      bytea NOT NULL,         -- X25519, 32 bytes
    current         boolean NOT NULL
);
CREATE TABLE auth.announcements (           -- one go-live announcement per court
    court_id        text PRIMARY KEY,
    live_at         timestamptz NOT NULL,
    old_way_until   timestamptz,
    asked_at        timestamptz NOT NULL,
    last_canonical  text NOT NULL DEFAULT '',
    told            bigint NOT NULL DEFAULT 0,
    without_address bigint NOT NULL DEFAULT 0,
    finished_at     timestamptz
);
CREATE TABLE auth.announced (               -- each filer once
    court_id        text NOT NULL,
    cmecf_canonical text NOT NULL,
    notice_id       uuid NOT NULL,
    told_at         timestamptz NOT NULL,
    PRIMARY KEY (court_id, cmecf_canonical)
);
CREATE TABLE auth.security_acts (           -- appended in the transaction of the act; no secret, no address in full
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at              timestamptz NOT NULL,
    act             text NOT NULL,
    pacer_account   text,
    court_id        text,
    address_prefix  text,
    detail          jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX security_acts_of_account ON auth.security_acts (pacer_account, at);
