"""Studies of measurement systems: recorded on the page of the gauge, concluded by another person."""

from collections.abc import Iterable
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from qms.accounts import access
from qms.records import queries as records
from qms.ui.views import ActView, RecordDetail, Section, Step, TransitionView

from .. import actions
from ..forms.msa import ConcludeForm, EditStudyForm, StudyForm, told, words_of
from ..models import Gauge, MsaStudy
from ..pictures import of_people
from ..tables import STUDIES

NAMES = {
    "total_grr": gettext_lazy("Gauge R&R"),
    "repeatability": gettext_lazy("Repeatability (equipment)"),
    "reproducibility": gettext_lazy("Reproducibility (appraisers)"),
    "operator": gettext_lazy("Appraiser"),
    "part_x_operator": gettext_lazy("Part × appraiser"),
    "part_to_part": gettext_lazy("Part to part"),
    "total": gettext_lazy("Total variation"),
    "n": gettext_lazy("Number of readings"),
    "mean": gettext_lazy("Mean"),
    "s": gettext_lazy("Standard deviation"),
    "bias": gettext_lazy("Bias"),
    "cg": gettext_lazy("Cg (1.33 or more)"),
    "cgk": gettext_lazy("Cgk (1.33 or more)"),
    "t": gettext_lazy("t"),
    "p": gettext_lazy("p"),
    "low": gettext_lazy("Lower limit of the bias, 95 %"),
    "high": gettext_lazy("Upper limit of the bias, 95 %"),
    "slope": gettext_lazy("Slope"),
    "intercept": gettext_lazy("Intercept"),
    "r_squared": gettext_lazy("R²"),
    "p_slope": gettext_lazy("p of the slope"),
    "p_intercept": gettext_lazy("p of the intercept"),
    "p_interaction": gettext_lazy("p of part × appraiser"),
    "r_bar": gettext_lazy("Mean range"),
    "x_diff": gettext_lazy("Difference of the appraisers' means"),
    "r_p": gettext_lazy("Range of the parts' means"),
    "ucl_r": gettext_lazy("Upper limit of the ranges"),
    "parts": gettext_lazy("Parts"),
    "all_agree": gettext_lazy("Parts on which everybody agrees"),
    "all_right": gettext_lazy("Parts on which everybody is right"),
    "between": gettext_lazy("Kappa among all"),
    "kappa": gettext_lazy("Kappa against the true rating"),
    "missed": gettext_lazy("Bad ones called good"),
    "false_alarms": gettext_lazy("Good ones called bad"),
}

# What the server calls the ways of computing, as they are kept with the result.
METHODS = {
    "ANOVA, nested": gettext_lazy("Analysis of variance, nested"),
    "ANOVA, with interaction": gettext_lazy("Analysis of variance with interaction"),
    "ANOVA, interaction pooled": gettext_lazy("Analysis of variance, interaction pooled"),
    "average and range, AIAG": gettext_lazy("Average and range by the AIAG form"),
    "regression of the bias": gettext_lazy("Regression of the bias"),
    "kappa": gettext_lazy("Kappa of Cohen and Fleiss"),
    "t test": gettext_lazy("t test"),
    "K = 20, L = 6": "K = 20, L = 6",
}


def named(name: str) -> str:
    """`kappa · Li` names a figure and a person."""
    key, _dot, whose = name.partition(" · ")
    return f"{NAMES[key]} · {whose}" if whose else str(NAMES[key])


class Study(ActView):
    permission = actions.RIGHT
    form_class = StudyForm
    title = gettext_lazy("Record a study of the measurement system")
    submit = gettext_lazy("Compute and record")
    done = gettext_lazy("The study is recorded. Somebody else concludes it.")

    def gauge(self) -> Gauge:
        rows = Gauge.objects.visible_to(self.request.user)
        found: Gauge = get_object_or_404(rows, number=self.kwargs["number"])
        return found

    def allowed(self) -> None:
        access.check(self.request.user, self.permission, self.gauge())

    def perform(self, data: dict[str, Any]) -> Any:
        kind = data.pop("kind_of_study")
        return actions.study(gauge=self.gauge(), kind=kind, by=self.request.user, uid=self.key, **data)

    def back_url(self) -> str:
        return self.gauge().get_absolute_url()


class Detail(RecordDetail):
    model = MsaStudy
    permission = "gauge.view"
    list_url, list_title = "inspection:msastudy-list", STUDIES.title
    steps = (
        Step(gettext_lazy("Recorded"), ("DRAFT",)),
        Step(gettext_lazy("Concluded"), ("APPROVED",)),
    )
    sections = (
        Section("result", gettext_lazy("Result"), "inspection/_msa_result.html"),
        Section("readings", pgettext_lazy("measured", "Readings"), "inspection/_msa_readings.html"),
    )
    aside = (Section("signatures", gettext_lazy("Signatures"), "components/_signatures.html"),)

    def facts(self, record: Any) -> Iterable[tuple[Any, Any]]:
        return (
            (_("Gauge"), record.gauge.asset),
            (_("Grade"), record.get_grade_display()),
            (_("Result"), record.told),
            (_("Site"), record.site.code),
        )

    def more(self, record: Any) -> dict[str, Any]:
        names = words_of(record.kind)
        return {
            "signatures": records.signatures(record),
            "method": METHODS[record.result["method"]],
            "drawn": of_people(record),
            "figures": [(named(name), value) for name, value in record.result["figures"]],
            "components": [(named(name), *rest) for name, *rest in record.result["components"]],
            "names": names,
            "lines": [([row[name] for name in names], row["values"]) for row in record.rows],
        }


class StudyStep(TransitionView):
    """Any step of the study's table."""

    model = MsaStudy

    def perform(self, data: dict[str, Any]) -> Any:
        act: Any = actions.MSASTUDY_STEPS[self.step.name]
        signing = {"signing": self.signing} if self.step.signature else {}
        return act(msastudy=self.record, by=self.request.user, version=self.version, **data, **signing)


class Conclude(StudyStep):
    transition = "approve"
    form_class = ConcludeForm

    def statement(self, record: Any, data: dict[str, Any]) -> str:
        told_of = {
            "asset": record.gauge.asset,
            "what": record.characteristic,
            "result": record.told,
            "grade": record.get_grade_display(),
        }
        return _("I conclude the study of %(asset)s for “%(what)s”: %(result)s, %(grade)s.") % told_of

    def consequence(self, record: Any, data: dict[str, Any]) -> str:
        return _("The result is shown wherever the gauge is chosen.")


class Edit(StudyStep):
    transition = "edit"
    form_class = EditStudyForm
    submit = gettext_lazy("Save")

    def form_kwargs(self) -> dict[str, Any]:
        return {"kind": self.record.kind}

    def initial(self) -> dict[str, Any]:
        row = self.record
        names = ("characteristic", "performed_date", "tolerance", "reference")
        return {**{name: getattr(row, name) for name in names}, "rows": told(row.rows, row.kind)}
