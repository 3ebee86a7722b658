"""Gauges, and what machines measured and reported."""

from .evidence import EvidencePoint, MeasurementHour
from .gauges import Gauge
from .machines import EquipmentAlert, ProductTest
from .measurements import Measurement, MeasurementBatch, Series

__all__ = [
    "EquipmentAlert",
    "EvidencePoint",
    "Gauge",
    "Measurement",
    "MeasurementBatch",
    "MeasurementHour",
    "ProductTest",
    "Series",
]
