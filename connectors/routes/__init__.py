"""Which act takes which message: one row per type of event."""

from connectors import mes_messages as messages
from ncr.models import ProductionKind

from . import defects
from .base import Closing, Context, Done, Route, TakeAll
from .defects import is_known, known_among
from .holds import HOLD
from .machines import TEST, alert
from .measurements import take_measurement, take_measurements
from .production import production

ROUTES: dict[str, Route] = {
    "mes.defect.logged": Route(
        messages.DefectReported,
        messages.check_logged,
        defects.take_defect,
        defects.take_defects,
        defects.take_news,
        defects.take_all_news,
    ),
    "mes.defect.updated": Route(
        messages.DefectUpdated, messages.check_news, defects.take_news, defects.take_all_news, is_news=True
    ),
    "mes.defect.cancelled": Route(
        messages.DefectCancelled, messages.check_news, defects.take_news, defects.take_all_news, is_news=True
    ),
    messages.COLUMNAR: Route(messages.Measurements, messages.check_measurements, take_measurements),
    "mes.measurement.recorded": Route(messages.MeasurementRecorded, messages.check_measurement, take_measurement),
    "mes.test.completed": TEST,
    "mes.alert.raised": alert(is_raised=True),
    "mes.alert.cleared": alert(is_raised=False),
    "mes.operation.started": production(ProductionKind.STARTED),
    "mes.operation.completed": production(ProductionKind.COMPLETED),
    "mes.setup.completed": production(ProductionKind.SET_UP),
    "mes.material.moved": production(ProductionKind.MOVED),
    "mes.hold.reported": HOLD,
}

__all__ = ["ROUTES", "Closing", "Context", "Done", "Route", "TakeAll", "is_known", "known_among"]
