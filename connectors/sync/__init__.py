"""Reading an ERP into the mirror: delta by cursor, everything again on request, each page on its own."""

from .run import SYNC, Reading, claim_due, sync

__all__ = ["SYNC", "Reading", "claim_due", "sync"]
