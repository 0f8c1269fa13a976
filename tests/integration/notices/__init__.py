"""Notices from auth's side: the outbox, the key that codes are sealed to, and the announcement of a go-live."""
