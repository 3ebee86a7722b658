"""REST of go-live decisions: read as evidence, and released by the same acts as the buttons."""

from typing import Any

from rest_framework import serializers

from connectors import actions
from connectors.actions import golive
from connectors.models import Direction, GoLive, Kept
from connectors.tables import GOLIVES as LISTING
from qms.api.records import RecordApi, Step
from qms.api.serializers import NoBody, Strict

from .mappings import InterfaceCode


class GoLiveBody(Strict):
    interface = InterfaceCode()
    direction = serializers.ChoiceField(Direction.choices)
    object = serializers.CharField(max_length=80)
    since = serializers.DateTimeField()
    note = serializers.CharField(max_length=4000)
    kept = serializers.ChoiceField(Kept.choices, required=False)
    kept_since = serializers.DateTimeField(required=False)


class GoLiveShown(serializers.ModelSerializer[GoLive]):
    site = serializers.CharField(source="site.code")
    interface = serializers.CharField(source="interface.code")
    scope: Any = serializers.CharField(source="scope.code", allow_null=True, default=None)

    class Meta:
        model = GoLive
        fields = (
            *("number", "uid", "site", "state", "interface", "direction", "object", "scope", "since", "until", "note"),
            *("kept", "kept_since", "counts", "lines", "created_at"),
        )


GOLIVES = RecordApi(
    name="go-lives",
    model=GoLive,
    listing=LISTING,
    detail=GoLiveShown,
    related=("site", "interface", "scope"),
    create=Step(golive.prepare, GoLiveBody, permission=golive.PREPARE),
    steps={name: Step(act, NoBody) for name, act in actions.GOLIVE_STEPS.items()},
)

urlpatterns = GOLIVES.urls()
