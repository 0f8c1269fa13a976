"""Recording from Kafka: the range, the filters, the sample, and pseudonyms in place of people."""
