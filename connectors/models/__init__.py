"""Interfaces and what goes through them: raw messages first, deliveries and attempts, sync runs line by line."""

from .contracts import Contract, SeenShape
from .deliveries import Attempt, Delivery
from .downtime import Downtime
from .flows import Daemon, Direction, Flow, FlowState
from .golive import GoLive, Kept
from .inbox import InboxMessage, InboxQuerySet, MessageState, Quarantined
from .interfaces import (
    LISTENING,
    POLLED,
    PUSHED,
    Criticality,
    Interface,
    InterfaceQuerySet,
    InterfaceState,
    Kind,
    Mode,
    Validation,
)
from .letters import LetterCare
from .manifests import Manifest
from .mappings import Mapping
from .reconcile import DaySheet, Difference, DifferenceKind, Origin, ReconcileRun, Resolution
from .stages import COMMANDS_OUT, POSTINGS_OUT, FlowStage, Shadow, Stage, Verdict
from .sync import RunQuerySet, SyncCursor, SyncLine, SyncRun
from .transports import STOPPING, Alarm, AlarmKind, Intake, IntakeState
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
    "COMMANDS_OUT",
    "LEFT",
    "LISTENING",
    "MAPPABLE",
    "POLLED",
    "POSTINGS_OUT",
    "PUSHED",
    "STOPPING",
    "Alarm",
    "AlarmKind",
    "Attempt",
    "Because",
    "Cause",
    "CauseKind",
    "Contract",
    "Criticality",
    "Daemon",
    "DaySheet",
    "Delivery",
    "Difference",
    "DifferenceKind",
    "Direction",
    "Downtime",
    "FeedPosition",
    "Flow",
    "FlowStage",
    "FlowState",
    "GoLive",
    "InboxMessage",
    "InboxQuerySet",
    "Intake",
    "IntakeState",
    "Interface",
    "InterfaceQuerySet",
    "InterfaceState",
    "Kept",
    "Kind",
    "LetterCare",
    "Manifest",
    "Mapping",
    "MessageState",
    "Mode",
    "Origin",
    "Quarantined",
    "ReconcileRun",
    "Resolution",
    "Retry",
    "RunQuerySet",
    "SeenShape",
    "Shadow",
    "Stage",
    "SyncCursor",
    "SyncLine",
    "SyncRun",
    "Validation",
    "Verdict",
    "Webhook",
    "WebhookAttempt",
    "WebhookDelivery",
    "WebhookQuerySet",
    "WebhookSecret",
    "WebhookState",
]
