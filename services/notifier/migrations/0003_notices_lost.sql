-- Notices that the log dropped before they were read: so many filers were not told, and the audit says so.
ALTER TABLE notifier.position
    ADD COLUMN notices_lost bigint NOT NULL DEFAULT 0 CHECK (notices_lost >= 0);
