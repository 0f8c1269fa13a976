"""Runs: the timeline played by processes of its own, watched, drained, audited, judged and written down."""
