"""Nonconformances, their disposition lines, approvals and holds: what a row is and what can never be false."""

from .codes import DefectCode, DefectCodeQuerySet
from .holds import Hold
from .lines import Approval, DispositionLine
from .records import Nonconformance, optional

__all__ = [
    "Approval",
    "DefectCode",
    "DefectCodeQuerySet",
    "DispositionLine",
    "Hold",
    "Nonconformance",
    "optional",
]
