"""Measurement: what came back of a run and when, histograms, the audit at its end, and the verdict."""
