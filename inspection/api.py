"""REST of gauges and inspection plans, the same acts as the buttons; measurements are read only."""

from typing import Any

from django.urls import path

from qms.api.records import RecordApi, Step
from qms.api.serializers import NoBody
from qms.masterdata.api import MirrorApi, MirrorList

from . import actions, serializers, tables
from .models import Gauge, InspectionPlan
from .workflow import EDIT_PLAN

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

PLAN_BODIES = {"edit": serializers.InspectionPlanHead, "characterise": serializers.CharacteriseBody}
PLANS = RecordApi(
    name="inspection-plans",
    model=InspectionPlan,
    listing=tables.PLANS,
    detail=serializers.PlanShown,
    related=("site", "item", "supplier", "customer", "released_by", "supersedes", "base"),
    create=Step(actions.draft, serializers.InspectionPlanBody, permission=EDIT_PLAN),
    steps={name: Step(act, PLAN_BODIES.get(name, NoBody)) for name, act in actions.INSPECTIONPLAN_STEPS.items()},
)


def reading(name: str, listing: Any) -> Any:
    """A list that is only read."""
    members = {"api": MirrorApi("", name, listing), "permission": "measurement.view"}
    view: Any = type(f"{name.title().replace('-', '')}List", (MirrorList,), members)
    return path(name, view.documented().as_view(), name=f"{name}-list")


urlpatterns = [
    *GAUGES.urls(),
    *PLANS.urls(),
    reading("measurements", tables.MEASUREMENTS),
    reading("measured-characteristics", tables.SERIES),
    reading("product-tests", tables.TESTS),
    reading("equipment-alerts", tables.ALERTS),
]
