"""REST of gauges: the same acts as the buttons."""

from qms.api.records import RecordApi, Step
from qms.api.serializers import NoBody

from . import actions, serializers, tables
from .models import Gauge

GAUGES = RecordApi(
    name="gauges",
    model=Gauge,
    listing=tables.GAUGES,
    detail=serializers.GaugeShown,
    related=("site",),
    create=Step(actions.register, serializers.RegisterBody, permission=actions.RIGHT),
    steps={
        name: Step(act, serializers.EditBody if name == "edit" else NoBody) for name, act in actions.GAUGE_STEPS.items()
    },
)

urlpatterns = GAUGES.urls()
