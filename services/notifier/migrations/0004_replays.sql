-- Replays: their letters go to the sink, on a way of their own, so that a sink that is slow or down holds up no other letter.
ALTER TABLE notifier.deliveries
    ADD COLUMN replay_run text;             -- the header `replayrun` of the transaction; null: a filer caused it
DROP INDEX notifier.deliveries_due;
CREATE INDEX deliveries_due ON notifier.deliveries (partition, due_at)
 WHERE state IN ('queued', 'deferred', 'ambiguous') AND replay_run IS NULL;
CREATE INDEX deliveries_due_of_replays ON notifier.deliveries (partition, due_at)
 WHERE state IN ('queued', 'deferred', 'ambiguous') AND replay_run IS NOT NULL;
