"""Calibrations: recorded on the page of the gauge, then taken through their steps."""

from collections.abc import Iterable
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qms.accounts import access
from qms.lib.clock import now
from qms.lib.listed import listed
from qms.records import queries as records
from qms.ui.views import ActView, RecordDetail, Section, Step, TransitionView

from .. import actions, queries
from ..calc import calibration as calc
from ..forms import CalibrateForm, EditCalibrationForm, JudgeForm
from ..forms.calibrations import HeldLotSet, HoldForm, NotifyForm, lines
from ..models import Calibration, Gauge
from ..tables import CALIBRATIONS

FIELDSETS = (
    (gettext_lazy("What was found"), ("performed_date", "points", "standards")),
    (
        gettext_lazy("Who and how"),
        ("laboratory", "accreditation", "certificate", "procedure", "environment"),
    ),
)


class Calibrate(ActView):
    permission = actions.RIGHT
    form_class = CalibrateForm
    title = gettext_lazy("Record a calibration")
    submit = gettext_lazy("Record")
    done = gettext_lazy("The calibration is recorded. Somebody else approves it.")
    fieldsets = FIELDSETS
    help_template = "inspection/_calibrate_help.html"

    def gauge(self) -> Gauge:
        rows = Gauge.objects.visible_to(self.request.user)
        found: Gauge = get_object_or_404(rows, number=self.kwargs["number"])
        return found

    def allowed(self) -> None:
        access.check(self.request.user, self.permission, self.gauge())

    def initial(self) -> dict[str, Any]:
        return {"points": lines(self.gauge().check_points)}

    def perform(self, data: dict[str, Any]) -> Any:
        return actions.calibrate(gauge=self.gauge(), by=self.request.user, uid=self.key, **data)

    def back_url(self) -> str:
        return self.gauge().get_absolute_url()


class Detail(RecordDetail):
    model = Calibration
    permission = "gauge.view"
    list_url, list_title = "inspection:calibration-list", CALIBRATIONS.title
    steps = (
        Step(gettext_lazy("Recorded"), ("DRAFT",)),
        Step(gettext_lazy("Impact to be judged"), ("IMPACT",)),
        Step(gettext_lazy("Approved"), ("APPROVED",)),
    )
    sections = (
        Section("points", gettext_lazy("What was found"), "inspection/_calibration.html"),
        Section("uses", gettext_lazy("Measured since the last good calibration"), "inspection/_uses.html"),
    )
    aside = (Section("signatures", gettext_lazy("Signatures"), "components/_signatures.html"),)

    def facts(self, record: Any) -> Iterable[tuple[Any, Any]]:
        return (
            (_("Gauge"), record.gauge.asset),
            (_("Result"), record.get_result_display()),
            (_("Calibrated on"), record.performed_date),
            (_("Site"), record.site.code),
        )

    def more(self, record: Any) -> dict[str, Any]:
        judged = bool(record.impact)
        uses = record.impact_seen if judged else [use.told() for use in queries.uses_since(record)]
        marks = ((row, calc.is_off(row, "found"), calc.is_off(row, "left")) for row in record.points)
        return {
            "signatures": records.signatures(record),
            "marks": list(marks),
            "uses": uses if record.is_out else [],
            "notices": record.notices.select_related("by"),
            "held": record.holds.select_related("lot", "hold__ncr"),
            "seen_measurements": access.may(self.request.user, "measurement.view"),
        }


class CalibrationStep(TransitionView):
    """Any step of the calibration's table."""

    model = Calibration

    def perform(self, data: dict[str, Any]) -> Any:
        act: Any = actions.CALIBRATION_STEPS[self.step.name]
        signing = {"signing": self.signing} if self.step.signature else {}
        return act(calibration=self.record, by=self.request.user, version=self.version, **data, **signing)

    def statement(self, record: Any, data: dict[str, Any]) -> str:
        told = {"asset": record.gauge.asset, "result": record.get_result_display(), "on": record.performed_date}
        return _("I approve the calibration of %(asset)s of %(on)s: %(result)s.") % told

    def consequence(self, record: Any, data: dict[str, Any]) -> str:
        if record.result == "failed":
            return _("The gauge stays out of service.")
        return _("The gauge's dates of calibration follow.")


class Edit(CalibrationStep):
    transition = "edit"
    form_class = EditCalibrationForm
    submit = gettext_lazy("Save")
    fieldsets = FIELDSETS

    def initial(self) -> dict[str, Any]:
        row = self.record
        names = ("performed_date", "laboratory", "accreditation", "certificate", "procedure", "environment")
        standards = ", ".join(each["asset"] for each in row.standards)
        return {**{name: getattr(row, name) for name in names}, "points": lines(row.points), "standards": standards}


class HoldLots(CalibrationStep):
    """What still lies in storage stands there already: one click holds it."""

    transition = "hold"
    form_class = HoldForm
    template_name = "inspection/hold_lots.html"
    help_template = "inspection/_hold_lots_help.html"

    @cached_property
    def doubtful(self) -> list[queries.Doubtful]:
        return queries.doubtful(self.record)

    def initial(self) -> dict[str, Any]:
        told = {"asset": self.record.gauge.asset, "number": self.record.number}
        return {"reason": _("Measured with %(asset)s, found out of tolerance by %(number)s.") % told}

    def formsets(self, data: Any = None) -> dict[str, Any]:
        rows = [one.told() for one in self.doubtful if one.can_be_held]
        given = {"user": self.request.user, "site": self.record.site}
        found: Any = HeldLotSet(data, initial=rows, prefix="lots", form_kwargs=given)
        found.legend = _("Lots to be held")
        return {"lots": found}

    def more(self) -> dict[str, Any]:
        return {"others": [one for one in self.doubtful if not one.can_be_held]}

    def perform(self, data: dict[str, Any]) -> Any:
        lots = [actions.HeldLot(row["lot"], row["quantity"]) for row in data["lots"]]
        return super().perform({**data, "lots": lots})


class Notify(CalibrationStep):
    """Proposed is what is known: who left with what, and why it is in doubt."""

    transition = "notify"
    form_class = NotifyForm
    submit = gettext_lazy("Record")

    def form_kwargs(self) -> dict[str, Any]:
        return {"shipments": queries.shipments_since(self.record)}

    def initial(self) -> dict[str, Any]:
        lots = sorted({use.label for use in queries.uses_since(self.record) if use.kind == "lot"})
        told = {"asset": self.record.gauge.asset, "lots": listed(lots), "number": self.record.number}
        said = _(
            "Goods of these lots were measured with gauge %(asset)s, which was found out of tolerance (%(number)s): %(lots)s."
        )
        return {"told_date": now().date(), "text": said % told}


class Judge(CalibrationStep):
    transition = "judge"
    form_class = JudgeForm

    def statement(self, record: Any, data: dict[str, Any]) -> str:
        words = dict(JudgeForm.base_fields["impact"].choices)  # type: ignore[attr-defined]  # a ChoiceField
        told = {"asset": record.gauge.asset, "verdict": words[data["impact"]], "count": len(queries.uses_since(record))}
        return _("I judged the impact of %(asset)s out of tolerance over %(count)s uses: %(verdict)s.") % told

    def consequence(self, record: Any, data: dict[str, Any]) -> str:
        return _("The list of uses is kept with the verdict as it stands now.")
