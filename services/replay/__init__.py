"""Replay: record a stream of events, play it back at any speed, measure each stage, and prove what came of it."""
