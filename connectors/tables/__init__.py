"""Lists of the integration pages, one file per subject."""

from .downtime import DOWNTIMES
from .golive import GOLIVES
from .passages import DELIVERIES, DELIVERY_STATES, MAPPINGS, MESSAGES, OUTCOMES, SENT, STATES, TOLD, WEBHOOK_STATES
from .reconcile import DAYSHEETS, DIFFERENCES, KINDS, RECONCILIATIONS

__all__ = [
    "DAYSHEETS",
    "DELIVERIES",
    "DELIVERY_STATES",
    "DIFFERENCES",
    "DOWNTIMES",
    "GOLIVES",
    "KINDS",
    "MAPPINGS",
    "MESSAGES",
    "OUTCOMES",
    "RECONCILIATIONS",
    "SENT",
    "STATES",
    "TOLD",
    "WEBHOOK_STATES",
]
