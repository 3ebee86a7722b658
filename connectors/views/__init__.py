"""The pages of the interfaces, one file per subject."""

from .acts import (
    Configure,
    DiscardLetters,
    Master,
    Pause,
    Resolve,
    Resume,
    Retry,
    RetryLetters,
    Switch,
    SyncNow,
)
from .monitor import DeliveryPage, Detail, Find, Message, Messages, Monitor, Run

__all__ = [
    "Configure",
    "DeliveryPage",
    "Detail",
    "DiscardLetters",
    "Find",
    "Master",
    "Message",
    "Messages",
    "Monitor",
    "Pause",
    "Resolve",
    "Resume",
    "Retry",
    "RetryLetters",
    "Run",
    "Switch",
    "SyncNow",
]
