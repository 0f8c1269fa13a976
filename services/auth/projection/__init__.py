"""What auth learns from the topics: courts, link transactions, mail deliveries. Can be thrown away and rebuilt."""
