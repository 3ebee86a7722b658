"""Interfaces and what goes through them: raw messages first, deliveries and attempts, sync runs line by line."""

from .deliveries import Attempt, Delivery
from .inbox import InboxMessage, InboxQuerySet, MessageState, Quarantined
from .interfaces import Interface, InterfaceQuerySet, InterfaceState, Kind, MappingVersion, Mastership, Mode
from .sync import RunQuerySet, SyncCursor, SyncLine, SyncRun
from .waiting import KIND_WORDS, LEFT, MAPPABLE, Cause, CauseKind, Retry

__all__ = [
    "KIND_WORDS",
    "LEFT",
    "MAPPABLE",
    "Attempt",
    "Cause",
    "CauseKind",
    "Delivery",
    "InboxMessage",
    "InboxQuerySet",
    "Interface",
    "InterfaceQuerySet",
    "InterfaceState",
    "Kind",
    "MappingVersion",
    "Mastership",
    "MessageState",
    "Mode",
    "Quarantined",
    "Retry",
    "RunQuerySet",
    "SyncCursor",
    "SyncLine",
    "SyncRun",
]
