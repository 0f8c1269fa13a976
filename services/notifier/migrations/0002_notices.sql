-- Notices: where the notifier stands in filer-notices-v1, and deliveries that no transaction asks for.
ALTER TABLE notifier.position
    ADD COLUMN notice_next_offset bigint NOT NULL DEFAULT 0 CHECK (notice_next_offset >= 0),
    ADD COLUMN notice_digest bytea;                             -- SHA-256 of the value of the record at notice_next_offset - 1
ALTER TABLE notifier.deliveries
    ALTER COLUMN transaction_id DROP NOT NULL,
    ALTER COLUMN request_id DROP NOT NULL,
    ADD COLUMN notice_id uuid UNIQUE,
    ADD COLUMN sealed boolean NOT NULL DEFAULT false,           -- message = `<key id>:<base64>` of HPKE, opened for sending alone
    ADD COLUMN expires_at timestamptz,                          -- not begun to be sent after this
    ADD COLUMN erased_at timestamptz,                           -- when a sealed message was erased: at its final reply
    ADD CONSTRAINT deliveries_of_one_cause CHECK (num_nonnulls(transaction_id, notice_id) = 1);
