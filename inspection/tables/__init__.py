"""How gauges, plans, inspections and measurements are listed: one declaration for page, CSV, XLSX and API."""

from .calibrations import CALIBRATIONS
from .certificates import CERTIFICATES, MISSING, VALUES
from .conformance import CONFORMANCES
from .controlcharts import CONTROLCHARTS, SIGNAL_STATES, SIGNALS, state_of_signal
from .gauges import CALIBRATION, GAUGES, calibration
from .lots import INSPECTIONS, READING_MARKS, VERDICTS
from .machines import ALERTS, TESTS
from .measurements import KNOWN, MEASUREMENTS, SERIES, known, shown
from .msa import STUDIES
from .occasions import OCCASION_STATES, OCCASIONS, state_of
from .plans import PLANS

__all__ = [
    "ALERTS",
    "CALIBRATION",
    "CALIBRATIONS",
    "CERTIFICATES",
    "CONFORMANCES",
    "CONTROLCHARTS",
    "GAUGES",
    "INSPECTIONS",
    "KNOWN",
    "MEASUREMENTS",
    "MISSING",
    "OCCASIONS",
    "OCCASION_STATES",
    "PLANS",
    "READING_MARKS",
    "SERIES",
    "SIGNALS",
    "SIGNAL_STATES",
    "STUDIES",
    "TESTS",
    "VALUES",
    "VERDICTS",
    "calibration",
    "known",
    "shown",
    "state_of",
    "state_of_signal",
]
