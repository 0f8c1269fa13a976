"""The audit: the promises of the design held against Kafka, Postgres and a mailbox. Reads all, changes nothing."""
