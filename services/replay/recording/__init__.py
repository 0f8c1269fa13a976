"""Recordings: the file format, read and written, and the formats of other tools."""
