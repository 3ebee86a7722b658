"""What can be done with a review, one function per act."""

from .access import ACCESSREVIEW_STEPS, cancel_access, decide, plan_access, set_interval, sign_access, start_access
from .periodic import (
    SYSTEMREVIEW_STEPS,
    cancel_periodic,
    exported,
    plan_periodic,
    sign_periodic,
    start_periodic,
)
from .rules import set_rule
from .trail import TRAILREVIEW_STEPS, cancel, edit, mark, plan, sign, start, withdraw

__all__ = [
    "ACCESSREVIEW_STEPS",
    "SYSTEMREVIEW_STEPS",
    "TRAILREVIEW_STEPS",
    "cancel",
    "cancel_access",
    "cancel_periodic",
    "decide",
    "edit",
    "exported",
    "mark",
    "plan",
    "plan_access",
    "plan_periodic",
    "set_interval",
    "set_rule",
    "sign",
    "sign_access",
    "sign_periodic",
    "start",
    "start_access",
    "start_periodic",
    "withdraw",
]
