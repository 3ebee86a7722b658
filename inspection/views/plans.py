"""Inspection plans on screen: outside → one act or query → outside."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qms.accounts import access
from qms.records import queries as records
from qms.ui.views import ActView, RecordDetail, Section, Step, TransitionView

from .. import actions, queries, tables
from ..forms import plans as forms
from ..models import InspectionPlan
from ..models.plans import ENDED, SKIPPING
from ..workflow import EDIT_PLAN

USUAL_LOT, MOST_LOT = 500, 1_000_000
FIELDSETS = (
    (gettext_lazy("What it is for"), ("site", "kind", "item", "revision", "operation", "supplier", "customer")),
    (gettext_lazy("The plan"), ("title", "drawing", "note")),
    (gettext_lazy("How many are inspected"), ("scheme", "level", "aql", "size", "percent", "zero_table", "switching")),
    (gettext_lazy("Which lots are skipped"), SKIPPING),
    (gettext_lazy("What happens meanwhile and after"), ("stock_mode", "certificates", "decision_rule", "reaction")),
    (gettext_lazy("When it begins"), ("occasions", "every_pieces", "every_hours")),
)


class Detail(RecordDetail):
    model = InspectionPlan
    permission = "inspection_plan.view"
    list_url, list_title = "inspection:inspectionplan-list", tables.PLANS.title
    steps = (
        Step(gettext_lazy("Draft"), ("DRAFT",)),
        Step(gettext_lazy("In review"), ("IN_REVIEW",)),
        Step(gettext_lazy("Released"), ("RELEASED",)),
        Step(gettext_lazy("Ended"), ("SUPERSEDED", "WITHDRAWN")),
    )
    sections = (
        Section("characteristics", gettext_lazy("Characteristics"), "inspection/_plan_lines.html"),
        Section("plan", gettext_lazy("The plan"), "inspection/_plan.html"),
        Section("curve", gettext_lazy("How many, and what it protects from"), "inspection/_plan_curves.html"),
        Section("changes", gettext_lazy("Against the edition before"), "inspection/_plan_changes.html"),
        Section("files", gettext_lazy("Drawing and photo standards"), "components/_record_files.html"),
    )
    aside = (
        Section("editions", gettext_lazy("Editions"), "inspection/_plan_editions.html"),
        Section("signatures", gettext_lazy("Signatures"), "components/_signatures.html"),
    )

    def facts(self, record: Any) -> Iterable[tuple[Any, Any]]:
        return (
            (_("Part"), record.part_shown),
            (_("Kind of inspection"), record.get_kind_display()),
            (_("Operation"), record.operation),
            (_("Supplier"), record.supplier_name),
            (_("Customer"), record.customer_name),
            (_("Edition"), record.edition),
            (_("Sampling"), record.sampling_shown),
            (_("Site"), record.site.code),
        )

    def lot_size(self) -> int:
        """`?lot=`: for which the page shows sample and curve."""
        asked = self.request.GET.get("lot", "")
        return (
            min(max(int(asked), 2), MOST_LOT) if asked.isascii() and asked.isdigit() and len(asked) < 9 else USUAL_LOT
        )

    def more(self, record: Any) -> dict[str, Any]:
        before = queries.plans.before(record)
        return {
            "lines": list(record.characteristics.all()),
            "may_write": record.state == "DRAFT" and access.may(self.request.user, EDIT_PLAN, record),
            "attachments": record.files(),
            "editions": queries.plans.editions(record),
            "lot_size": self.lot_size(),
            "rules": queries.curves.of_plan(record, lot=self.lot_size()),
            "before": before,
            "differences": queries.plans.differences(before, record) if before else [],
            "signatures": records.signatures(record),
            "may_draft": record.state in ENDED and access.may(self.request.user, EDIT_PLAN, record),
        }


class Draft(ActView):
    permission = EDIT_PLAN
    form_class = forms.DraftForm
    back = "inspection:inspectionplan-list"
    fieldsets = FIELDSETS
    title = gettext_lazy("Draft an inspection plan")
    submit = gettext_lazy("Draft it")
    done = gettext_lazy("Drafted. Now list its characteristics, then submit it for release.")
    help_template = "inspection/_plan_help.html"

    @cached_property
    def base(self) -> InspectionPlan | None:
        """`?base=INP-…`: the next edition of it, or, for another scope, a copy."""
        number = self.request.GET.get("base", "")
        return InspectionPlan.objects.visible_to(self.request.user).filter(number=number).first() if number else None

    def form_kwargs(self) -> dict[str, Any]:
        return {"user": self.request.user}

    def initial(self) -> dict[str, Any]:
        if self.base is None:
            return {"switching": "none", **super().initial()}
        base = self.base
        told = {name: getattr(base, name) for name in actions.HEAD if name != "note"}
        named = {name: getattr(getattr(base, name), "number", "") for name in ("item", "supplier", "customer")}
        own = {"site": base.site.code, "kind": base.kind, "revision": base.revision, "operation": base.operation}
        return {**told, **shown(base), **named, **own}

    def perform(self, data: dict[str, Any]) -> Any:
        return actions.draft(by=self.request.user, uid=self.key, base=self.base, **data)


def shown(plan: InspectionPlan) -> dict[str, Any]:
    """Numbers as the form's choices spell them."""
    return {name: forms.show(value) for name in ("aql", "percent") if (value := getattr(plan, name)) is not None}


class PlanStep(TransitionView):
    """Any step of the plan's table; the acts stand in actions, one per step."""

    model = InspectionPlan

    def perform(self, data: dict[str, Any]) -> Any:
        act: Any = actions.INSPECTIONPLAN_STEPS[self.step.name]
        signing = {"signing": self.signing} if self.step.signature else {}
        return act(inspectionplan=self.record, by=self.request.user, version=self.version, **data, **signing)

    def statement(self, record: Any, data: dict[str, Any]) -> str:
        return _("I release %(number)s, edition %(edition)s of the plan for %(part)s: %(title)s.") % {
            "number": record.number, "edition": record.edition, "part": record.part_shown, "title": record.title,
        }  # fmt: skip

    def quantities(self, record: Any, data: dict[str, Any]) -> Iterable[tuple[Any, Any]]:
        return (
            (_("Characteristics"), record.characteristics.count()),
            (_("Sampling"), record.sampling_shown),
        )

    def consequence(self, record: Any, data: dict[str, Any]) -> str:
        return _("From now on inspections of this scope follow it; the edition before is superseded.")


class Edit(PlanStep):
    transition = "edit"
    form_class = forms.HeadForm
    fieldsets = FIELDSETS
    submit = gettext_lazy("Save")

    def initial(self) -> dict[str, Any]:
        return {**{name: getattr(self.record, name) for name in actions.HEAD}, **shown(self.record)}


class Characterise(PlanStep):
    transition = "characterise"
    form_class = forms.forms.Form
    submit = gettext_lazy("Save")
    template_name = "inspection/plan_lines.html"
    help_template = "inspection/_plan_lines_help.html"

    def formsets(self, data: Any = None) -> dict[str, Any]:
        photos = [(sha256, file.name) for sha256, file in queries.plans.pictures(self.record).items()]
        rows = [forms.told(row) for row in self.record.characteristics.all()]
        made = forms.LineSet(data, initial=rows, prefix="lines", form_kwargs={"photos": photos})
        return {"lines": made}

    def more(self) -> dict[str, Any]:
        return {"grid": forms.GRID, "units": queries.plans.UNITS, "symbols": queries.plans.SYMBOLS}

    def perform(self, data: dict[str, Any]) -> Any:
        return super().perform({"characteristics": forms.lines_of(data["lines"])})
