"""Reviews: of the audit trail, and of who may do what."""

from .access import AccessLine, AccessReview, AccessRule
from .periodic import SystemReview
from .rules import ReviewRule
from .trail import TrailException, TrailReview

__all__ = ["AccessLine", "AccessReview", "AccessRule", "ReviewRule", "SystemReview", "TrailException", "TrailReview"]
