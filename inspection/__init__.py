"""Gauges; plans, lots, results and first articles follow (a later issue fills these rooms)."""
