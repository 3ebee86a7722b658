"""What can be done with a review, one function per act."""

from .access import ACCESSREVIEW_STEPS, cancel_access, decide, plan_access, set_interval, sign_access, start_access
from .rules import set_rule
from .trail import TRAILREVIEW_STEPS, cancel, edit, mark, plan, sign, start, withdraw

__all__ = [
    "ACCESSREVIEW_STEPS",
    "TRAILREVIEW_STEPS",
    "cancel",
    "cancel_access",
    "decide",
    "edit",
    "mark",
    "plan",
    "plan_access",
    "set_interval",
    "set_rule",
    "sign",
    "sign_access",
    "start",
    "start_access",
    "withdraw",
]
