-- Less to write for each change of a letter. Most letters are no notices: they need no entry in the index of those.
ALTER TABLE notifier.deliveries DROP CONSTRAINT deliveries_notice_id_key;
CREATE UNIQUE INDEX deliveries_of_notices ON notifier.deliveries (notice_id) WHERE notice_id IS NOT NULL;
-- An attempt is written once, when it has ended: while it lasts, the delivery's own row tells of it.
ALTER TABLE notifier.attempts RESET (fillfactor);
