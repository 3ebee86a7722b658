"""Periodic reviews of the system: outside → one act or query → outside."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qms.accounts import access
from qms.lib.errors import Missing
from qms.ui.views import ActView, RecordDetail, RecordFile, Section, Step, TransitionView

from .. import actions, tables, words
from ..actions.periodic import RIGHT
from ..choices import Fitness
from ..forms import JudgeForm, PeriodicForm
from ..models import SystemReview


class Detail(RecordDetail):
    model = SystemReview
    permission = tables.SYSTEM_VIEW
    list_url, list_title = "reviews:systemreview-list", tables.SYSTEM_REVIEWS.title
    steps = (
        Step(gettext_lazy("Planned"), ("DRAFT",)),
        Step(gettext_lazy("In review"), ("IN_REVIEW",)),
        Step(gettext_lazy("Reviewed"), ("REVIEWED",)),
    )
    sections = (Section("report", gettext_lazy("Report"), "reviews/_report.html"),)

    def facts(self, record: Any) -> Iterable[tuple[Any, Any]]:
        return (
            (_("Site"), _("all sites") if record.every_site else record.site.code),
            (_("From"), record.from_date),
            (_("To"), record.to_date),
            (_("Planned for"), record.owner),
            (_("Judgement"), record.get_verdict_display()),
        )

    def more(self, record: Any) -> dict[str, Any]:
        return {"report": words.shown(record)}


class PlanPeriodic(ActView):
    back = "reviews:systemreview-list"
    permission = RIGHT
    form_class = PeriodicForm
    title = gettext_lazy("Plan a periodic review")
    submit = gettext_lazy("Plan")
    done = gettext_lazy("The review is planned.")
    help_template = "reviews/_periodic_help.html"

    def form_kwargs(self) -> dict[str, Any]:
        return {"site_ids": access.site_ids(self.request.user, RIGHT)}

    def perform(self, data: dict[str, Any]) -> Any:
        return actions.plan_periodic(by=self.request.user, uid=self.key, **data)


class PeriodicStep(TransitionView):
    model = SystemReview

    def perform(self, data: dict[str, Any]) -> Any:
        act: Any = actions.SYSTEMREVIEW_STEPS[self.step.name]
        signing = {"signing": self.signing} if self.step.signature else {}
        return act(systemreview=self.record, by=self.request.user, version=self.version, **signing, **data)


class Judge(PeriodicStep):
    """The judgement and the conclusion are part of what is signed."""

    transition = "sign"
    form_class = JudgeForm

    def statement(self, record: Any, data: dict[str, Any]) -> str:
        return _("I have reviewed the system from %(from)s to %(to)s (%(number)s). Judgement: %(verdict)s.") % {
            "from": record.from_date.isoformat(),
            "to": record.to_date.isoformat(),
            "number": record.number,
            "verdict": Fitness(data["verdict"]).label,
        }


class Report(RecordFile):
    """The very data that were signed, or their print."""

    model, permission = SystemReview, tables.SYSTEM_VIEW
    template = Path(settings.BASE_DIR) / "templates" / "pdf" / "periodic.typ"

    def data(self, row: Any) -> str:
        if not row.report:
            raise Missing(_("There is no such report."), hint=_("Begin the review first; the report is made then."))
        return str(row.report)

    def page(self, row: Any, **told: Any) -> dict[str, Any]:
        return words.page(row, **told)

    def left(self, row: Any, **told: Any) -> None:
        actions.exported(systemreview=row, **told)
