"""REST of day sheets: read as evidence, and signed by the same acts as the buttons."""

from rest_framework import serializers

from connectors import actions
from connectors.models import DaySheet
from connectors.tables import DAYSHEETS as LISTING
from qms.api.records import RecordApi, Step
from qms.api.serializers import NoBody, Strict

from .mappings import InterfaceCode


class DaySheetBody(Strict):
    interface = InterfaceCode()
    day = serializers.DateField(help_text="A day on which something was compared.")


class DaySheetShown(serializers.ModelSerializer[DaySheet]):
    site = serializers.CharField(source="site.code")
    interface = serializers.CharField(source="interface.code")

    class Meta:
        model = DaySheet
        fields = (
            *("number", "uid", "site", "state", "interface", "day", "compared", "open_count", "resolved_count"),
            *("runs", "counts", "lines", "created_at"),
        )


DAYSHEETS = RecordApi(
    name="day-sheets",
    model=DaySheet,
    listing=LISTING,
    detail=DaySheetShown,
    related=("site", "interface"),
    create=Step(actions.prepare, DaySheetBody, permission="day_sheet.sign"),
    steps={name: Step(act, NoBody) for name, act in actions.DAYSHEET_STEPS.items()},
)

urlpatterns = DAYSHEETS.urls()
