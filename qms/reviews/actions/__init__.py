"""What can be done with a review, one function per act."""

from .rules import set_rule
from .trail import TRAILREVIEW_STEPS, cancel, edit, mark, plan, sign, start, withdraw

__all__ = ["TRAILREVIEW_STEPS", "cancel", "edit", "mark", "plan", "set_rule", "sign", "start", "withdraw"]
