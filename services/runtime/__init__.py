"""What several services need to run: settings, logs, process life, health, Postgres and Kafka. Knows no business."""
