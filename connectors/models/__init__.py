"""Interfaces and what goes through them: raw messages first, deliveries and attempts, sync runs line by line."""

from .deliveries import Attempt, Delivery
from .inbox import InboxMessage, InboxQuerySet, MessageState, Quarantined
from .interfaces import Interface, InterfaceQuerySet, InterfaceState, Kind, MappingVersion, Mastership, Mode
from .sync import RunQuerySet, SyncCursor, SyncLine, SyncRun

__all__ = [
    "Attempt",
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
    "RunQuerySet",
    "SyncCursor",
    "SyncLine",
    "SyncRun",
]
