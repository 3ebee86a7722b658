"""Outside → one act or query → outside."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qms.accounts import access
from qms.lib.quantity import show
from qms.ui.show import chip, state_of
from qms.ui.views import ActView, RecordDetail, Section, TransitionView

from .. import actions
from ..forms import EditForm, RegisterForm
from ..forms.calibrations import lines
from ..models import Gauge
from ..tables import CALIBRATION, GAUGES, calibration

SHOWN = 20
FIELDSETS = (
    (gettext_lazy("What it is"), ("site", "asset", "description", "kind", "serial_number", "location", "keeper")),
    (gettext_lazy("What it measures"), ("range_from", "range_to", "resolution", "unit")),
    (gettext_lazy("Calibration"), ("calibrated_date", "due_date", "interval_months", "recall_days", "check_points")),
)


class Detail(RecordDetail):
    model = Gauge
    permission = "gauge.view"
    list_url, list_title = "inspection:gauge-list", GAUGES.title
    sections = (
        Section("gauge", gettext_lazy("Gauge"), "inspection/_gauge.html"),
        Section("calibrations", gettext_lazy("Calibrations"), "inspection/_calibrations.html"),
        Section("studies", gettext_lazy("Measurement systems analysis"), "inspection/_msa.html"),
    )

    def facts(self, record: Any) -> Iterable[tuple[Any, Any]]:
        return (
            (_("Calibration"), chip(state_of(calibration(record), CALIBRATION))),
            (_("Calibration due"), record.due_date),
            (_("Location"), record.location),
            (_("Keeper"), record.keeper),
            (_("Site"), record.site.code),
        )

    def more(self, record: Any) -> dict[str, Any]:
        return {
            "studies": record.studies.exclude(state="CANCELLED").order_by("-pk")[:SHOWN],
            "calibrations": record.calibrations.order_by("-pk")[:SHOWN],
            "may_calibrate": record.state != "RETIRED" and access.may(self.request.user, actions.RIGHT, record),
        }


class Register(ActView):
    back = "inspection:gauge-list"
    permission = actions.RIGHT
    form_class = RegisterForm
    title = gettext_lazy("Register a gauge")
    submit = gettext_lazy("Register")
    done = gettext_lazy("The gauge is registered.")
    fieldsets = FIELDSETS
    help_template = "inspection/_gauge_help.html"

    def form_kwargs(self) -> dict[str, Any]:
        return {"user": self.request.user}

    def perform(self, data: dict[str, Any]) -> Any:
        return actions.register(by=self.request.user, uid=self.key, **data)


class GaugeStep(TransitionView):
    """Any step of the gauge's table; the acts stand in actions, one per step."""

    model = Gauge

    def perform(self, data: dict[str, Any]) -> Any:
        act: Any = actions.GAUGE_STEPS[self.step.name]
        return act(gauge=self.record, by=self.request.user, version=self.version, **data)


class Edit(GaugeStep):
    transition = "edit"
    form_class = EditForm
    submit = gettext_lazy("Save")
    fieldsets = tuple((legend, tuple(n for n in names if n != "site")) for legend, names in FIELDSETS)

    def form_kwargs(self) -> dict[str, Any]:
        return {"site": self.record.site}

    def initial(self) -> dict[str, Any]:
        values = {name: getattr(self.record, name) for name in actions.EDITABLE}
        measures = ("range_from", "range_to", "resolution")
        values["check_points"] = lines(self.record.check_points)
        values["keeper"] = self.record.keeper.username if self.record.keeper else None
        return {**values, **{name: show(values[name]) if values[name] is not None else "" for name in measures}}
