"""Files of results on screen: the file is kept, then looked at, then taken in; and an inspection as a file."""

from __future__ import annotations

from functools import cached_property
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy
from django.views import View

from qms.lib.errors import Invalid, Refusal
from qms.records import actions as records
from qms.records.models import Attachment

from .. import actions, queries
from ..actions.planfiles import VERDICTS
from ..forms import datafiles as forms
from ..models import Gauge, Inspection
from .lots import LotStep
from .plans import PlanStep

DECLARED = ("encoding", "separator", "decimal_sign")


def attached(record: Any, uploaded: Any, by: Any) -> Attachment:
    return records.attach(record=record, name=uploaded.name, content=uploaded.read(), by=by)


def found(record: Any, uid: str) -> Attachment:
    try:
        return actions.of_record(record, UUID(uid))
    except (Invalid, ValueError) as wrong:
        raise Http404 from wrong


def looked_at(path: str, data: dict[str, Any], kept: dict[str, Any]) -> str:
    """The same page with the kept files and how they were declared to be read."""
    return f"{path}?{urlencode({**kept, **{name: data[name] for name in DECLARED if data[name]}})}"


class Results(LotStep):
    """Without `?file=` the upload; with it the dry run, and the taking in."""

    transition = "readings"
    form_class: Any = forms.ResultsForm
    title = gettext_lazy("Results from a file")
    help_template = "inspection/_results_help.html"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.submit = gettext_lazy("Keep and look")
        if request.GET.get("file"):
            self.form_class, self.template_name = forms.TakeForm, "inspection/results.html"
            self.submit = gettext_lazy("Take the readings in")

    @property
    def is_upload(self) -> bool:
        return self.form_class is forms.ResultsForm

    @cached_property
    def files(self) -> tuple[Attachment, Attachment | None]:
        told = self.request.GET
        return found(self.record, told["file"]), found(self.record, told["values"]) if told.get("values") else None

    def form_kwargs(self) -> dict[str, Any]:
        if self.is_upload:
            return {}
        lines = [(str(one.uid), f"{one.balloon} {one.name}") for one in self.record.characteristics.all()]
        return {"names": self.names, "characteristics": lines, "gauges": self.gauges}

    @cached_property
    def gauges(self) -> list[Gauge]:
        rows = Gauge.objects.visible_to(self.request.user).filter(site_id=self.record.site_id, state="IN_USE")
        return list(rows.order_by("asset"))

    @cached_property
    def names(self) -> list[str]:
        """None of a file that cannot be read: the page says why."""
        file, values = self.files
        try:
            run = actions.dry_run(self.record, file, actions.Wish(forms.declared(self.request.GET)), values)
        except Refusal:
            return []
        return [one.label for one in run.sheet.sources]

    def wish(self) -> actions.Wish:
        sent = self.request.POST
        form = forms.TakeForm(**self.form_kwargs())
        first = sent.get("first", "1")
        known = {one.number: one for one in self.gauges}
        return actions.Wish(
            declared=forms.declared(self.request.GET), mapping=form.mapping(sent),
            first=int(first) if first.isdecimal() and 0 < len(first) < 10 else 1,
            gauge=known.get(sent.get("gauge", "")), reason=sent.get("reason", ""),
            gauges={name: known[number] for name, number in form.gauges(sent).items() if number in known},
        )  # fmt: skip

    def submitted(self, form: Any, sets: dict[str, Any], data: dict[str, Any]) -> HttpResponse:
        """“Look again” shows the dry run with what was chosen; nothing is written."""
        if "_look" in self.request.POST:
            return self.page(form, sets)
        return super().submitted(form, sets, data)

    def perform(self, data: dict[str, Any]) -> Any:
        if not self.is_upload:
            file, values = self.files
            return actions.take_results(
                inspection=self.record, by=self.request.user, file=file, values=values, wish=self.wish()
            )
        kept = {
            name: attached(self.record, data[name], self.request.user).uid for name in ("file", "values") if data[name]
        }
        return looked_at(self.request.path, data, kept)

    def more(self) -> dict[str, Any]:
        if self.is_upload:
            return {}
        file, values = self.files
        try:
            run = actions.dry_run(self.record, file, self.wish(), values)
        except Refusal as refusal:
            return {"file": file, "unreadable": refusal}
        form = forms.TakeForm(self.request.POST or None, **self.form_kwargs())
        return {
            "file": file, "run": run, "pairs": [(line, form[f"m{at}"], form[f"g{at}"]) for at, line in enumerate(run.lines)],
            "shown": actions.results.SHOWN,
        }  # fmt: skip


class Characteristics(PlanStep):
    """Characteristics of a draft from a file: as above."""

    transition = "characterise"
    form_class: Any = forms.DeclaredForm
    title = gettext_lazy("Characteristics from a file")
    help_template = "inspection/_plan_file_help.html"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.submit = gettext_lazy("Keep and look")
        if request.GET.get("file"):
            self.form_class, self.template_name = forms.PlanTakeForm, "inspection/plan_file.html"
            self.submit = gettext_lazy("Take the lines into the draft")

    @property
    def is_upload(self) -> bool:
        return self.form_class is forms.DeclaredForm

    @cached_property
    def file(self) -> Attachment:
        return found(self.record, self.request.GET["file"])

    def run(self, mapping: dict[str, str]) -> actions.PlanRun:
        return actions.plan_run(self.record, self.file, forms.declared(self.request.GET), mapping)

    @cached_property
    def heads(self) -> list[str]:
        """None of a file that cannot be read: the page says why."""
        try:
            return self.run({}).heads
        except Refusal:
            return []

    def form_kwargs(self) -> dict[str, Any]:
        return {} if self.is_upload else {"heads": self.heads}

    def mapping(self) -> dict[str, str]:
        return forms.PlanTakeForm(heads=self.heads).mapping(self.request.POST)

    def submitted(self, form: Any, sets: dict[str, Any], data: dict[str, Any]) -> HttpResponse:
        return self.page(form, sets) if "_look" in self.request.POST else super().submitted(form, sets, data)

    def perform(self, data: dict[str, Any]) -> Any:
        if self.is_upload:
            kept = attached(self.record, data["file"], self.request.user)
            return looked_at(self.request.path, data, {"file": kept.uid})
        return actions.take_characteristics(
            inspectionplan=self.record, by=self.request.user, file=self.file, mapping=self.mapping(), version=self.version,
            declared=forms.declared(self.request.GET),
        )  # fmt: skip

    def more(self) -> dict[str, Any]:
        if self.is_upload:
            return {}
        try:
            return {"file": self.file, "run": self.run(self.mapping()), "verdicts": VERDICTS}
        except Refusal as refusal:
            return {"file": self.file, "unreadable": refusal}


class Export(View):
    """The inspection as a file of its own format: what it is inspected for and every reading that counts."""

    permission = "inspection.view"
    model = Inspection
    http_method_names = ["get", "head"]
    kind = "csv"

    def get(self, request: HttpRequest, number: str) -> HttpResponse:
        found = get_object_or_404(Inspection.objects.visible_to(request.user), number=number)
        content = queries.lotfiles.WRITERS[self.kind](found)
        name = f"{found.number}.{self.kind}"
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
        return HttpResponse(content, content_type=queries.lotfiles.TYPES[self.kind], headers=headers)
