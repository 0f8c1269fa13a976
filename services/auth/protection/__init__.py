"""Protection: limits that a stranger cannot turn against an owner, and what the guard throttled."""
