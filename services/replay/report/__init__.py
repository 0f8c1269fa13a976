"""What a run came to, for people and machines: the report of one run, and the comparison of two."""
