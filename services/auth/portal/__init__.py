"""The court's pages, from its own site to the receipt: forms in, pages out; decides nothing."""
