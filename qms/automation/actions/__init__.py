"""Acts of automation: what is heard, what rules make of it, what people decide, and the switch."""

from .cases import CASE_STEPS, accept, approve, confirm, dismiss
from .hearing import hear
from .judging import judge
from .rules import RULE_STEPS, activate, draft, edit, retire, try_past
from .stops import resume, stop

__all__ = [
    "CASE_STEPS",
    "RULE_STEPS",
    "accept",
    "activate",
    "approve",
    "confirm",
    "dismiss",
    "draft",
    "edit",
    "hear",
    "judge",
    "resume",
    "retire",
    "stop",
    "try_past",
]
