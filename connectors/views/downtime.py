"""Downtime windows: planned on the page of an interface, shown with their gap report, signed off."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from connectors import actions
from connectors.actions import downtime
from connectors.forms.downtime import ExtendForm, PlanForm
from connectors.models import DifferenceKind, Downtime, Resolution
from connectors.queries import gaps
from connectors.tables import DOWNTIMES, KINDS
from qms.records import queries as records
from qms.ui.views import RecordDetail, Section, Step, TransitionView

from .acts import InterfaceAct

VIEW = "downtime.view"


class Plan(InterfaceAct):
    permission = downtime.PLAN
    form_class: Any = PlanForm
    title = gettext_lazy("Plan a downtime")
    submit = gettext_lazy("Save")
    done = gettext_lazy("The downtime stands. The interface and its records show it while it lasts.")

    def form_kwargs(self) -> dict[str, Any]:
        return {"site_id": self.interface().site_id}

    def initial(self) -> dict[str, Any]:
        return {"owner": self.request.user}

    def perform(self, data: dict[str, Any]) -> Any:
        return downtime.plan(interface=self.interface(), by=self.request.user, uid=self.key, **data)


class Detail(RecordDetail):
    model = Downtime
    permission = VIEW
    list_url, list_title = "connectors:downtime-list", DOWNTIMES.title
    steps = (
        Step(gettext_lazy("Planned"), ("PLANNED",)),
        Step(gettext_lazy("Under way"), ("ACTIVE",)),
        Step(gettext_lazy("Over"), ("ENDED",)),
        Step(gettext_lazy("Signed off"), ("SIGNED",)),
    )
    sections = (
        Section("why", gettext_lazy("Reason"), "connectors/_downtime_reason.html"),
        Section("gap", gettext_lazy("Gap report"), "connectors/_downtime_report.html"),
    )
    aside = (Section("signatures", gettext_lazy("Signatures"), "components/_signatures.html"),)

    def facts(self, record: Any) -> Iterable[tuple[Any, Any]]:
        return (
            (_("Interface"), record.interface.code),
            (_("From"), record.begins_at),
            (_("To"), record.ends_at),
            (_("Planned until"), record.planned_until),
            (_("Kind"), _("planned") if record.is_planned else _("declared")),
            (_("Owner"), record.owner),
            (_("Site"), record.site.code),
        )

    def more(self, record: Any) -> dict[str, Any]:
        words = dict(DifferenceKind.choices), dict(Resolution.choices)
        told = [
            {**line, "kind_label": words[0].get(line["kind"]), "resolution_label": words[1].get(line["resolution"], "")}
            for line in record.report.get("differences", ())
        ]
        return {
            "signatures": records.signatures(record),
            "report": record.report,
            "differences": told,
            "difference_kinds": KINDS,
            "moments": gaps.moments(record.report),
            "left_out": [(LISTS[name], count) for name, count in record.report.get("left_out", {}).items()],
        }


LISTS = {
    "buffered": gettext_lazy("Buffered"),
    "jumps": gettext_lazy("Jumps in the sender's counting"),
    "provisional": gettext_lazy("Provisional lots"),
    "differences": gettext_lazy("Differences"),
}


class Decide(TransitionView):
    model = Downtime

    def perform(self, data: dict[str, Any]) -> Any:
        act: Any = actions.DOWNTIME_STEPS[self.step.name]
        signing = {"signing": self.signing} if self.step.signature else {}
        return act(downtime=self.record, by=self.request.user, version=self.version, **data, **signing)

    def statement(self, record: Any, data: dict[str, Any]) -> str:
        told = gaps.counted(record.report)
        return _(
            "I have looked at the gap report of the downtime of %(interface)s: %(missing)s messages missing, %(buffered)s postings"
            " buffered and gone, %(jumps)s jumps in the counting, %(differences)s differences."
        ) % {"interface": record.interface.code, **told}


class Extend(Decide):
    transition = "extend"
    form_class = ExtendForm

    def initial(self) -> dict[str, Any]:
        return {"ends_at": self.record.ends_at}


class Report(View):
    """The gap report as a table, one line per thing."""

    model, permission = Downtime, VIEW
    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, number: str) -> HttpResponse:
        record = get_object_or_404(Downtime.objects.visible_to(request.user), number=number)
        answer = HttpResponse(gaps.as_csv(record), content_type="text/csv; charset=utf-8")
        answer["Cache-Control"] = "no-store"
        answer["Content-Disposition"] = f'attachment; filename="{record.number}.csv"'
        return answer
