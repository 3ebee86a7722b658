"""Gauges, what machines measured and reported, and inspection plans."""

from .characteristics import PlanCharacteristic
from .evidence import EvidencePoint, MeasurementHour
from .gauges import Gauge
from .machines import EquipmentAlert, ProductTest
from .measurements import Measurement, MeasurementBatch, Series
from .plans import InspectionPlan

__all__ = [
    "EquipmentAlert",
    "EvidencePoint",
    "Gauge",
    "InspectionPlan",
    "Measurement",
    "MeasurementBatch",
    "MeasurementHour",
    "PlanCharacteristic",
    "ProductTest",
    "Series",
]
