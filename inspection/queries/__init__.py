"""What is known of measured values, tests, alerts, plans and inspections."""

from . import certificates, charts, conformance, control, curves, focus, lotfiles, lots, msa, parameters, plans
from .doubt import Doubtful, doubtful
from .evidence import evidence_of
from .facts import Fact, facts_of
from .impact import SOURCES, Use, good_date, shipments_since, uses_since
from .machines import active_alerts, alerts_of
from .recall import recalled
from .values import (
    DAY,
    DIGEST,
    LINE,
    NO_DIGEST,
    batch_of,
    beside,
    characteristic_of,
    counted,
    day,
    first_of,
    is_intact,
    item_of,
    meaning_of_series,
    odd_values,
    unit_of,
)

__all__ = [
    "DAY",
    "DIGEST",
    "LINE",
    "NO_DIGEST",
    "SOURCES",
    "Doubtful",
    "Fact",
    "Use",
    "active_alerts",
    "alerts_of",
    "batch_of",
    "beside",
    "certificates",
    "characteristic_of",
    "charts",
    "conformance",
    "control",
    "counted",
    "curves",
    "day",
    "doubtful",
    "evidence_of",
    "facts_of",
    "first_of",
    "focus",
    "good_date",
    "is_intact",
    "item_of",
    "lotfiles",
    "lots",
    "meaning_of_series",
    "msa",
    "odd_values",
    "parameters",
    "plans",
    "recalled",
    "shipments_since",
    "unit_of",
    "uses_since",
]
