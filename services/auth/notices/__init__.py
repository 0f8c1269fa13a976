"""Notices to filers: put into the outbox with what they tell of, and the announcement of a court's go-live."""
