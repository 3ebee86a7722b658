"""REST of downtime windows: planned, declared, changed and signed off by the same acts as the buttons."""

from typing import Any

from rest_framework import serializers

from connectors import actions
from connectors.actions import downtime
from connectors.models import Downtime
from connectors.tables import DOWNTIMES as LISTING
from qms.api.records import RecordApi, Step
from qms.api.serializers import NoBody, Strict

from .mappings import InterfaceCode


class DowntimeBody(Strict):
    interface = InterfaceCode()
    begins_at = serializers.DateTimeField(
        required=False, help_text="Left out or past (a day at most): nobody had planned it."
    )
    ends_at = serializers.DateTimeField()
    reason = serializers.CharField(max_length=2000)


class ExtendBody(Strict):
    ends_at = serializers.DateTimeField()


class DowntimeShown(serializers.ModelSerializer[Downtime]):
    site = serializers.CharField(source="site.code")
    interface = serializers.CharField(source="interface.code")
    owner: Any = serializers.CharField(source="owner.username")

    class Meta:
        model = Downtime
        fields = (
            *("number", "uid", "site", "state", "interface", "is_planned", "begins_at", "ends_at", "planned_until"),
            *("ended_at", "reason", "owner", "report", "created_at"),
        )


BODIES: dict[str, Any] = {"extend": ExtendBody}

DOWNTIMES = RecordApi(
    name="downtimes",
    model=Downtime,
    listing=LISTING,
    detail=DowntimeShown,
    related=("site", "interface", "owner"),
    create=Step(downtime.plan, DowntimeBody, permission=downtime.PLAN),
    steps={name: Step(act, BODIES.get(name, NoBody)) for name, act in actions.DOWNTIME_STEPS.items()},
)

urlpatterns = DOWNTIMES.urls()
