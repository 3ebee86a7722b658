"""Approved supplier list, SCAR and scorecards (a later issue fills these rooms)."""
