"""Acceptance sampling: which sample, and when the lot is accepted. Look-ups are pure Python; `curves` and `variables` load scipy."""

from .find import SCHEMES, plan, tighter
from .letters import LEVELS, code_letter
from .master import AQLS, SEVERITIES
from .result import SamplePlan, Stage

__all__ = ["AQLS", "LEVELS", "SCHEMES", "SEVERITIES", "SamplePlan", "Stage", "code_letter", "plan", "tighter"]
