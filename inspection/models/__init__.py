"""Gauges, what machines measured and reported, inspection plans and inspections."""

from .calibrations import Calibration, CustomerNotice, DoubtHold, Impact, Result
from .certificates import Certificate, CertificateLeave
from .characteristics import PlanCharacteristic
from .conformance import Conformance
from .controlcharts import ChartFeed, ChartLimits, ChartPoint, ChartSignal, ControlChart
from .datafiles import NameMeaning, ResultFile
from .evidence import EvidencePoint, MeasurementHour
from .gauges import Gauge
from .lots import Inspection, UsageLine
from .machines import EquipmentAlert, ProductTest
from .measurements import Measurement, MeasurementBatch, Series
from .msa import Grade, MsaStudy, StudyKind
from .occasions import InspectionOccasion, ProductionMark
from .plans import InspectionPlan
from .readings import GaugeLeave, LotCharacteristic, Reading
from .sequences import SamplingEvent, SamplingSequence

__all__ = [
    "Calibration",
    "Certificate",
    "CertificateLeave",
    "ChartFeed",
    "ChartLimits",
    "ChartPoint",
    "ChartSignal",
    "Conformance",
    "ControlChart",
    "CustomerNotice",
    "DoubtHold",
    "EquipmentAlert",
    "EvidencePoint",
    "Gauge",
    "GaugeLeave",
    "Grade",
    "Impact",
    "Inspection",
    "InspectionOccasion",
    "InspectionPlan",
    "LotCharacteristic",
    "Measurement",
    "MeasurementBatch",
    "MeasurementHour",
    "MsaStudy",
    "NameMeaning",
    "PlanCharacteristic",
    "ProductTest",
    "ProductionMark",
    "Reading",
    "Result",
    "ResultFile",
    "SamplingEvent",
    "SamplingSequence",
    "Series",
    "StudyKind",
    "UsageLine",
]
