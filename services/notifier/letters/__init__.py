"""The letters: their words (`*.txt`, `*.html`), compiled once and filled by splice, and the mail around them. Pure."""
