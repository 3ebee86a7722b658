"""Inspections on screen: outside → one act or query → outside."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from qms.accounts import access
from qms.lib.quantity import show
from qms.records import queries as records
from qms.ui.show import chip, state_of
from qms.ui.views import ActView, RecordDetail, Section, Step, TransitionView

from .. import actions, queries, tables
from ..choices import LotVerdict, Usage
from ..forms import lots as forms
from ..models import Inspection
from ..workflow import MANAGE, RECORD


class Detail(RecordDetail):
    model = Inspection
    permission = "inspection.view"
    list_url, list_title = "inspection:inspection-list", tables.INSPECTIONS.title
    steps = (
        Step(gettext_lazy("Created"), ("CREATED",)),
        Step(gettext_lazy("Released"), ("RELEASED",)),
        Step(gettext_lazy("In inspection"), ("IN_INSPECTION",)),
        Step(gettext_lazy("Results complete"), ("RESULTS_COMPLETE",)),
        Step(gettext_lazy("Usage decision"), ("DECIDED",)),
        Step(gettext_lazy("Stock posted"), ("POSTED",)),
    )
    sections = (
        Section("verdict", gettext_lazy("Verdict and usage decision"), "inspection/_lot_verdict.html"),
        Section("readings", pgettext_lazy("measured", "Readings"), "inspection/_lot_readings.html"),
        Section("sampling", gettext_lazy("How many, and why"), "inspection/_lot_sampling.html"),
    )
    aside = (
        Section("severity", gettext_lazy("Why this severity"), "inspection/_lot_severity.html"),
        Section("files", gettext_lazy("Data in and out"), "inspection/_lot_files.html"),
        Section("conformances", gettext_lazy("Certificates of conformance"), "inspection/_lot_conformances.html"),
        Section("signatures", gettext_lazy("Signatures"), "components/_signatures.html"),
    )

    def facts(self, record: Any) -> Iterable[tuple[Any, Any]]:
        return (
            (_("Verdict"), chip(state_of(record.verdict, tables.VERDICTS)) if record.verdict else ""),
            (_("Type of inspection"), record.get_kind_display()),
            (_("Lot size"), record.quantity_shown),
            (_("Supplier"), record.supplier_name),
            (_("Receipt"), record.receipt_number),
            (_("Order"), record.order_number),
            (
                _("Plan"),
                _("%(plan)s, edition %(edition)s") % {"plan": record.plan.number, "edition": record.plan.edition},
            ),
            (_("Shipment"), record.shipment),
            (_("Arrived"), record.arrived_at),
            (_("Hours to the decision"), record.decision_hours),
            (_("Hours to the ERP's answer"), record.release_hours),
            (_("Site"), record.site.code),
        )

    def more(self, record: Any) -> dict[str, Any]:
        lines = queries.lots.lines(record)
        done, wanted = queries.lots.progress(record)
        return {
            "lines": lines,
            "result_files": record.result_files.select_related("by"),
            "done": done,
            "wanted": wanted,
            "may_record": access.may(self.request.user, RECORD, record),
            "conformances": record.conformances.visible_to(self.request.user).order_by("-pk"),
            "may_certify": queries.conformance.may_be_certified(record),
            "left": record.left_quantity,
            "usage": record.usage.select_related("posting__unit", "posting__item", "hold"),
            "shipment": queries.lots.shipment_state(record),
            "placed": record.postings().filter(purpose="lot:place").first(),
            "explained": queries.curves.explained(record.sampling, lot=record.quantity_shown),
            "curve": queries.curves.of(record.sampling),
            "excerpt": queries.lots.excerpt(record),
            "skips": record.plan_content.get("skipping", "none") != "none",
            "sequences": queries.lots.sequences(record),
            "marks": tables.READING_MARKS,
            "verdicts": tables.VERDICTS,
            "signatures": records.signatures(record),
        }


class Create(ActView):
    permission = MANAGE
    back = "inspection:inspection-list"
    form_class = forms.CreateForm
    title = gettext_lazy("Create an inspection")
    submit = gettext_lazy("Create")
    done = gettext_lazy("Created. Release it to determine the sample.")
    help_template = "inspection/_lot_help.html"

    def form_kwargs(self) -> dict[str, Any]:
        return {"user": self.request.user}

    def perform(self, data: dict[str, Any]) -> Any:
        return actions.create(by=self.request.user, uid=self.key, **data)


class LotStep(TransitionView):
    """Any step of the inspection's table; the acts stand in actions, one per step."""

    model = Inspection

    def perform(self, data: dict[str, Any]) -> Any:
        act: Any = actions.INSPECTION_STEPS[self.step.name]
        signing = {"signing": self.signing} if self.step.signature else {}
        return act(inspection=self.record, by=self.request.user, version=self.version, **data, **signing)

    def statement(self, record: Any, data: dict[str, Any]) -> str:
        return queries.lots.statement(record, self.step.name) or super().statement(record, data)


class Decide(LotStep):
    transition = "decide"
    form_class = forms.DecideForm
    help_template = "inspection/_lot_decide_help.html"

    def formsets(self, data: Any = None) -> dict[str, Any]:
        """What the verdict suggests stands there already."""
        record = self.record
        kind = Usage.UNRESTRICTED if record.verdict == LotVerdict.ACCEPTED else Usage.BLOCKED
        rows: Any = forms.UsageSet(
            data, initial=[{"kind": kind, "quantity": show(record.left_quantity)}], prefix="lines"
        )
        rows.legend = _("What becomes of %(quantity)s") % {"quantity": f"{show(record.left_quantity)} {record.unit}"}
        return {"lines": rows}

    def perform(self, data: dict[str, Any]) -> Any:
        return super().perform({**data, "lines": parts(data["lines"])})

    def statement(self, record: Any, data: dict[str, Any]) -> str:
        return queries.lots.decision_sentence(record, parts(data["lines"]))

    def quantities(self, record: Any, data: dict[str, Any]) -> Iterable[tuple[Any, Any]]:
        return [(Usage(one.kind).label, f"{show(one.quantity)} {record.unit}") for one in parts(data["lines"])]

    def consequence(self, record: Any, data: dict[str, Any]) -> str:
        return _("The ERP is asked to post it; what is blocked or reworked raises a nonconformance and is held.")


def parts(rows: list[dict[str, Any]]) -> list[actions.Part]:
    return [actions.Part(row["kind"], row["quantity"]) for row in rows]


class ReleasePart(LotStep):
    transition = "release-part"
    form_class = forms.PartForm

    def statement(self, record: Any, data: dict[str, Any]) -> str:
        return queries.lots.part_sentence(record, data["quantity"], data["reason"])

    def consequence(self, record: Any, data: dict[str, Any]) -> str:
        return _("The ERP is asked to release this part; the rest of the lot waits for the usage decision.")


class AllowGauge(LotStep):
    transition = "allow-gauge"
    form_class = forms.GaugeForm

    def form_kwargs(self) -> dict[str, Any]:
        return {"inspection": self.record}
