"""Interfaces and what goes through them: raw messages first, deliveries and attempts, sync runs line by line."""

from .deliveries import Attempt, Delivery
from .inbox import InboxMessage, InboxQuerySet, MessageState, Quarantined
from .interfaces import Interface, InterfaceQuerySet, InterfaceState, Kind, Mastership, Mode
from .mappings import Mapping
from .sync import RunQuerySet, SyncCursor, SyncLine, SyncRun
from .waiting import LEFT, MAPPABLE, Cause, CauseKind, Retry
from .webhooks import (
    Because,
    FeedPosition,
    Webhook,
    WebhookAttempt,
    WebhookDelivery,
    WebhookQuerySet,
    WebhookSecret,
    WebhookState,
)

__all__ = [
    "LEFT",
    "MAPPABLE",
    "Attempt",
    "Because",
    "Cause",
    "CauseKind",
    "Delivery",
    "FeedPosition",
    "InboxMessage",
    "InboxQuerySet",
    "Interface",
    "InterfaceQuerySet",
    "InterfaceState",
    "Kind",
    "Mapping",
    "Mastership",
    "MessageState",
    "Mode",
    "Quarantined",
    "Retry",
    "RunQuerySet",
    "SyncCursor",
    "SyncLine",
    "SyncRun",
    "Webhook",
    "WebhookAttempt",
    "WebhookDelivery",
    "WebhookQuerySet",
    "WebhookSecret",
    "WebhookState",
]
