"""The pages of the interfaces, one file per subject."""

from .acts import (
    AssignCause,
    BelieveDeletions,
    Configure,
    DiscardLetters,
    Pause,
    Resume,
    Retry,
    RetryLetters,
    Switch,
    SyncNow,
    Trial,
)
from .monitor import DeliveryPage, Detail, Find, Message, Messages, Monitor, Run
from .refresh import Refresh, Refreshed
from .worklist import CorrectUnits, MapCause, RetryCause, RetryPage, SettleCause, SkipCause, WorkList

__all__ = [
    "AssignCause",
    "BelieveDeletions",
    "Configure",
    "CorrectUnits",
    "DeliveryPage",
    "Detail",
    "DiscardLetters",
    "Find",
    "MapCause",
    "Message",
    "Messages",
    "Monitor",
    "Pause",
    "Refresh",
    "Refreshed",
    "Resume",
    "Retry",
    "RetryCause",
    "RetryLetters",
    "RetryPage",
    "Run",
    "SettleCause",
    "SkipCause",
    "Switch",
    "SyncNow",
    "Trial",
    "WorkList",
]
