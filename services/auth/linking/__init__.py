"""The link walk: prove both accounts, confirm the pair, and see what became of it."""
