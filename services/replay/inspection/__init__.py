"""Inspecting a recording: what is in it, how it is spread over time and keys, and what is odd about it."""
