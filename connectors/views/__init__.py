"""The pages of the interfaces, one file per subject."""

from .monitor import (
    DeliveryPage,
    Detail,
    Message,
    Messages,
    Monitor,
    Pause,
    Resolve,
    Resume,
    Retry,
    Run,
    SyncNow,
)

__all__ = [
    "DeliveryPage",
    "Detail",
    "Message",
    "Messages",
    "Monitor",
    "Pause",
    "Resolve",
    "Resume",
    "Retry",
    "Run",
    "SyncNow",
]
