"""Comparing what stands here with what the other side says now. Differences become rows for people, never silent fixes."""

from .register import settle
from .run import RECONCILER, carry_out

__all__ = ["RECONCILER", "carry_out", "settle"]
