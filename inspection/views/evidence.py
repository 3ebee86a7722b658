"""Values kept as evidence: a panel on the record's page, a page of its own, and the act that keeps a batch."""

from functools import cached_property
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy as _
from django.views import View

from qms.accounts import access
from qms.records import queries as records
from qms.ui.views import ActView

from .. import actions, queries
from ..forms.evidence import KeepForm
from ..models import MeasurementBatch

VIEW, SHOWN = "measurement.view", 200


class Evidence(View):
    permission = VIEW
    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, number: str) -> HttpResponse:
        record: Any = records.by_number(number, request.user)
        if record is None or not access.may(request.user, VIEW, record):
            raise Http404
        mine = queries.evidence_of(record)
        context = {
            "record": record,
            "title": record.number,
            "points": mine.select_related("batch")[:SHOWN],
            "count": mine.count(),
            "shown": SHOWN,
        }
        is_part = bool(request.headers.get("HX-Request"))
        return render(request, "inspection/_evidence.html" if is_part else "inspection/evidence.html", context)


class Keep(ActView):
    permission = "ncr.report"
    form_class = KeepForm
    title = _("Keep values as evidence")
    submit = _("Keep")
    done = _("The values are kept with the record, also when the raw ones are dropped.")

    @cached_property
    def batch(self) -> MeasurementBatch:
        return get_object_or_404(MeasurementBatch.objects.visible_to(self.request.user), uid=self.kwargs["uid"])

    def allowed(self) -> None:
        access.check(self.request.user, self.permission, self.batch)

    def form_kwargs(self) -> dict[str, Any]:
        return {"user": self.request.user}

    def back_url(self) -> str:
        return self.batch.get_absolute_url()

    def perform(self, data: dict[str, Any]) -> Any:
        record = data["number"]
        actions.keep_batch(record=record, batch=self.batch, whole=bool(data["whole"]), by=self.request.user)
        return record
