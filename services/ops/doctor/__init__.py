"""The doctor: looks at settings, servers, topics, migrations and clocks, and says of each fault what mends it."""
