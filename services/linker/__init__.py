"""linker: decides link requests in order, commits them to its ledger, and publishes what it committed."""
