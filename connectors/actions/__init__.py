"""What can be done with an interface and with what went through it, one file per subject."""

from .daysheets import DAYSHEET_STEPS, prepare
from .downtime import DOWNTIME_STEPS
from .golive import GOLIVE_STEPS
from .interfaces import believe_deletions, configure, connect, pause, plan_sync, resume, switch
from .letters import assign_cause, discard, retry_letters
from .mappings import MAPPING_STEPS, draft
from .push import acknowledge, posting_of, pusher
from .silence import watch
from .stages import begin_in, set_stage
from .transports import carry, recarry, settle_alarm

__all__ = [
    "DAYSHEET_STEPS",
    "DOWNTIME_STEPS",
    "GOLIVE_STEPS",
    "MAPPING_STEPS",
    "acknowledge",
    "assign_cause",
    "begin_in",
    "believe_deletions",
    "carry",
    "configure",
    "connect",
    "discard",
    "draft",
    "pause",
    "plan_sync",
    "posting_of",
    "prepare",
    "pusher",
    "recarry",
    "resume",
    "retry_letters",
    "set_stage",
    "settle_alarm",
    "switch",
    "watch",
]
