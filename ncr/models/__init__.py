"""Nonconformances, their disposition lines, approvals and holds: what a row is and what can never be false."""

from .codes import DefectCode, DefectCodeQuerySet
from .holds import Hold
from .imported import ImportedLine
from .lines import Approval, DispositionLine
from .production import DefectClock, ProductionEvent, ProductionKind
from .records import Nonconformance, optional
from .reopenings import Reopening
from .rework import ReworkLoop
from .serials import AffectedSerial, LineSerial
from .travelers import Traveler, TravelerCheck, TravelerSnapshot

__all__ = [
    "AffectedSerial",
    "Approval",
    "DefectClock",
    "DefectCode",
    "DefectCodeQuerySet",
    "DispositionLine",
    "Hold",
    "ImportedLine",
    "LineSerial",
    "Nonconformance",
    "ProductionEvent",
    "ProductionKind",
    "Reopening",
    "ReworkLoop",
    "Traveler",
    "TravelerCheck",
    "TravelerSnapshot",
    "optional",
]
