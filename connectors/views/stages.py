"""Stages of flows and the decision to go live."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from connectors import actions
from connectors.actions import golive
from connectors.forms.stages import GoLiveForm, StageForm
from connectors.models import GoLive
from connectors.queries import stages
from connectors.tables import GOLIVES
from connectors.tables.golive import FOUND
from qms.lib.clock import now
from qms.records import queries as records
from qms.ui.views import RecordDetail, Section, Step, TransitionView

from .acts import InterfaceAct

SHOWN = 500


class SetStage(InterfaceAct):
    form_class: Any = StageForm
    title = gettext_lazy("Stage of a flow")
    submit = gettext_lazy("Set the stage")
    done = gettext_lazy("The stage was changed.")

    def form_kwargs(self) -> dict[str, Any]:
        return {"interface": self.interface(), "user": self.request.user, "right": self.permission, "site": "site"}

    def initial(self) -> dict[str, Any]:
        return {"flow": self.request.GET.get("flow", ""), "stage": "shadow"}

    def perform(self, data: dict[str, Any]) -> str:
        actions.set_stage(interface=self.interface(), by=self.request.user, **data)
        return self.back_url()

    def back_url(self) -> str:
        return f"{super().back_url()}?tab=stages"


class Prepare(SetStage):
    permission = golive.PREPARE
    form_class = GoLiveForm
    title = gettext_lazy("Prepare a go-live decision")
    submit = gettext_lazy("Compare")
    done = gettext_lazy("Compared. Somebody else releases it by signature.")

    def form_kwargs(self) -> dict[str, Any]:
        return {**super().form_kwargs(), "site": "scope"}

    def initial(self) -> dict[str, Any]:
        return {"flow": self.request.GET.get("flow", ""), "since": now() - dt.timedelta(days=7), "kept": "leave"}

    def perform(self, data: dict[str, Any]) -> Any:
        return golive.prepare(interface=self.interface(), by=self.request.user, uid=self.key, **data)


class Detail(RecordDetail):
    model = GoLive
    permission = "go_live.view"
    list_url, list_title = "connectors:golive-list", GOLIVES.title
    steps = (Step(gettext_lazy("Compared"), ("DRAFT",)), Step(gettext_lazy("Live"), ("LIVE",)))
    sections = (
        Section("note", gettext_lazy("What was found and why it may go live"), "connectors/_golive_note.html"),
        Section("compared", gettext_lazy("Comparison"), "connectors/_golive_lines.html"),
    )
    aside = (Section("signatures", gettext_lazy("Signatures"), "components/_signatures.html"),)

    def facts(self, record: Any) -> Iterable[tuple[Any, Any]]:
        return (
            (_("Interface"), record.interface.code),
            (_("Flow"), record.object),
            (_("Direction"), record.get_direction_display()),
            (_("For"), record.scope.code if record.scope else _("every site")),
            (_("Compared from"), record.since),
            (_("to"), record.until),
            (_("What was kept"), record.get_kept_display()),
        )

    def more(self, record: Any) -> dict[str, Any]:
        words = {mark.code: mark for mark in FOUND}
        counted = [(words[kind], count) for kind, count in record.counts.items() if kind in words and count]
        return {
            "signatures": records.signatures(record),
            "counted": counted,
            "foretold": [(name, count) for name, count in record.counts.items() if name.startswith("would_") and count],
            "lines": record.lines[:SHOWN],
            "more_lines": len(record.lines) if len(record.lines) > SHOWN else 0,
            "left_out": record.counts.get("left_out", 0),
            "found": FOUND,
        }


class Lines(View):
    """The comparison as a table, every line that is kept."""

    model, permission = GoLive, "go_live.view"
    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, number: str) -> HttpResponse:
        record = get_object_or_404(GoLive.objects.visible_to(request.user), number=number)
        answer = HttpResponse(stages.as_csv(record), content_type="text/csv; charset=utf-8")
        answer["Cache-Control"] = "no-store"
        answer["Content-Disposition"] = f'attachment; filename="{record.number}.csv"'
        return answer


class Decide(TransitionView):
    model = GoLive

    def perform(self, data: dict[str, Any]) -> Any:
        act: Any = actions.GOLIVE_STEPS[self.step.name]
        signing = {"signing": self.signing} if self.step.signature else {}
        return act(golive=self.record, by=self.request.user, version=self.version, **data, **signing)

    def statement(self, record: Any, data: dict[str, Any]) -> str:
        return _(
            "I release the flow %(object)s of %(interface)s to go live: %(seen)s compared, %(matched)s match, as listed here."
        ) % {
            "object": record.object, "interface": record.interface.code, "seen": record.counts.get("seen", 0),
            "matched": record.counts.get("matched", 0),
        }  # fmt: skip

    def consequence(self, record: Any, data: dict[str, Any]) -> str:
        kept = _("What was kept is left as it is.")
        if record.kept == "apply":
            kept = _("What was kept since %(at)s and matches nothing is applied or sent.") % {
                "at": f"{record.kept_since:%Y-%m-%d %H:%M} UTC"
            }
        return f"{_('From now on the flow writes records or sends.')} {kept}"
