"""CAPA and 8D, actions, change control, audits (a later issue fills these rooms)."""
