"""Inspection plans, lots, results, gauges and first articles (a later issue fills these rooms)."""
