"""The transactional outbox: rows committed together with what they tell of, and the relay that brings them to Kafka."""
