"""What can be done with an interface and with what went through it, one file per subject."""

from .interfaces import configure, connect, master, pause, plan_sync, resume, switch, watch
from .letters import discard, retry_letters
from .mappings import MAPPING_STEPS, draft
from .push import acknowledge, posting_of, pusher

__all__ = [
    "MAPPING_STEPS",
    "acknowledge",
    "configure",
    "connect",
    "discard",
    "draft",
    "master",
    "pause",
    "plan_sync",
    "posting_of",
    "pusher",
    "resume",
    "retry_letters",
    "switch",
    "watch",
]
