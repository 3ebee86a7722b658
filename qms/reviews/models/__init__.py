"""Reviews: of the audit trail, and of who may do what."""

from .rules import ReviewRule
from .trail import TrailException, TrailReview

__all__ = ["ReviewRule", "TrailException", "TrailReview"]
