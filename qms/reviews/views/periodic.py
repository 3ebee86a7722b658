"""Periodic reviews of the system: outside → one act or query → outside."""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from qms.accounts import access
from qms.lib.clock import now
from qms.lib.errors import Missing
from qms.records.bundle import report, seal
from qms.signatures.models import Signature
from qms.ui.views import ActView, RecordDetail, Section, Step, TransitionView

from .. import actions, tables, words
from ..actions.periodic import RIGHT
from ..choices import Fitness
from ..forms import JudgeForm, PeriodicForm
from ..models import SystemReview

TEMPLATE = Path(settings.BASE_DIR) / "templates" / "pdf" / "periodic.typ"
KINDS = {"json": "application/json", "pdf": "application/pdf"}


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


class Report(View):
    """The report as a file: the very data that were signed, or their print. That it left stands in the trail."""

    permission = tables.SYSTEM_VIEW
    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, number: str, form: str) -> HttpResponse:
        access.check(request.user, self.permission)
        review = get_object_or_404(SystemReview.objects.visible_to(request.user), number=number)
        if form not in KINDS or not review.report:
            raise Missing(_("There is no such report."), hint=_("Begin the review first; the report is made then."))
        content = review.report.encode() if form == "json" else _printed(review, request.user)
        sha256 = hashlib.sha256(content).hexdigest()
        actions.exported(systemreview=review, form=form, sha256=sha256, by=request.user)
        headers = {"Content-Disposition": f'attachment; filename="{review.number}.{form}"', "Cache-Control": "no-store"}
        return HttpResponse(content, content_type=KINDS[form], headers=headers)


def _printed(review: SystemReview, user: Any) -> bytes:
    moment = now()
    signed = Signature.objects.on(review).order_by("pk")
    data = words.page(review, at=moment, by=user.full_name, signatures=signed)
    return seal.sealed(report.pressed(data, SimpleNamespace(at=moment), template=TEMPLATE))
