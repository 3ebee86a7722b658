"""How gauges, plans and measurements are listed: one declaration for page, CSV, XLSX and API."""

from .gauges import CALIBRATION, GAUGES, calibration
from .machines import ALERTS, TESTS
from .measurements import KNOWN, MEASUREMENTS, SERIES, known, shown
from .plans import PLANS

__all__ = [
    "ALERTS",
    "CALIBRATION",
    "GAUGES",
    "KNOWN",
    "MEASUREMENTS",
    "PLANS",
    "SERIES",
    "TESTS",
    "calibration",
    "known",
    "shown",
]
