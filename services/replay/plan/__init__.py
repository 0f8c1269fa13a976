"""Plan: what was asked for becomes a timeline and records ready to be sent. Nothing here needs a broker."""
