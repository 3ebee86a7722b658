"""How inspections are listed: one declaration for page, CSV, XLSX and API."""

from typing import Any

from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from qms.ui.filters import Choices, DateRange, Flag, Text
from qms.ui.listspec import Action, Column, ListSpec, Tab
from qms.ui.show import Mark

from ..choices import InspectionKind, LotOrigin, LotVerdict, ReadingVerdict, Severity
from ..models import Inspection, SamplingSequence
from ..workflow import INSPECTION, MANAGE

VERDICTS = (
    Mark("", _("No verdict yet"), "muted", "circle-dashed"),
    Mark(LotVerdict.ACCEPTED, LotVerdict.ACCEPTED.label, "success", "circle-check"),
    Mark(LotVerdict.REJECTED, _("Not accepted"), "danger", "circle-x"),
)
READING_MARKS = (
    Mark(ReadingVerdict.PASSED, _("Conforms"), "success", "check"),
    Mark(ReadingVerdict.FAILED, _("Does not conform"), "danger", "x"),
    Mark(ReadingVerdict.UNCLEAR, _("Not decidable within the uncertainty"), "warning", "circle-question-mark"),
)


def _stopped(user: Any) -> Q:
    rows = SamplingSequence.objects.filter(
        discontinued=True
    )  # of the part, or of a characteristic that switches by itself
    return Q(state="CREATED", sequence__in=rows.values(whole=Coalesce("parent", "id")))


INSPECTIONS = ListSpec(
    name="inspections",
    title=_("Inspections"),
    model=Inspection,
    permission="inspection.view",
    rows=lambda user: Inspection.objects.visible_to(user).select_related("site", "plan", "ncr"),
    columns=(
        Column("number", _("Number"), kind="record", sort="id"),
        Column("kind", _("Type of inspection"), choices=InspectionKind.choices),
        Column("part_number", _("Part")),
        Column("lot_number", _("Lot")),
        Column("supplier_name", _("Supplier")),
        Column("quantity", _("Lot size"), kind="quantity", unit="unit", align="end"),
        Column("sample_size", _("Sample"), kind="number", align="end"),
        Column("severity", _("Severity of the sampling"), choices=Severity.choices, shown=False),
        Column("state", _("Status"), kind="state", states=INSPECTION.states),
        Column("verdict", _("Verdict"), kind="state", states=VERDICTS),
        Column("arrived_at", _("Arrived"), kind="age", sort="arrived_at"),
        Column("plan", _("Plan"), source="plan.number", shown=False),
        Column("receipt_number", _("Receipt"), shown=False),
        Column("order_number", _("Order"), shown=False),
        Column("ncr", "NCR", source=lambda row: row.ncr.number if row.ncr else "", shown=False),
        Column("origin", _("Created by"), choices=LotOrigin.choices, shown=False),
        Column("usage_decided_at", _("Decided"), kind="moment", shown=False),
        Column("posted_at", _("Stock posted"), kind="moment", shown=False),
        Column("decision_hours", _("Hours to the decision"), kind="number", align="end", shown=False),
        Column("release_hours", _("Hours to the ERP's answer"), kind="number", align="end", shown=False),
        Column("site", _("Site"), source="site.code", shown=False),
        Column("version", _("Version"), kind="number", shown=False),
    ),
    filters=(
        Choices("state", _("Status"), choices=INSPECTION.choices),
        Choices("kind", _("Type of inspection"), choices=InspectionKind.choices),
        Choices("verdict", _("Verdict"), choices=(("", _("None yet")), *LotVerdict.choices)),
        Choices("severity", _("Severity of the sampling"), choices=(("", _("no switching")), *Severity.choices)),
        Text("part", _("Part"), field="part_number", lookup="exact"),
        Text("lot", _("Lot"), field="lot_number", lookup="exact"),
        Text("supplier", _("Supplier"), field="supplier_name", lookup="icontains"),
        Text("receipt", _("Receipt"), field="receipt_number", lookup="exact"),
        DateRange("arrived", _("Arrived"), field="arrived_at"),
        Flag("stopped", _("Sampling discontinued"), where=_stopped),
    ),
    tabs=(
        Tab(_("Open"), {"state": list(INSPECTION.open_states)}),
        Tab(_("To inspect"), {"state": ["RELEASED", "IN_INSPECTION"]}),
        Tab(_("To decide"), {"state": ["RESULTS_COMPLETE"]}),
        Tab(_("Sampling discontinued"), {"stopped": "1"}),
        Tab(_("All"), {}),
    ),
    search=("number", "part_number", "lot_number"),
    order="-id",
    actions=(
        Action(_("Could not be inspected"), "inspection:occasion-list", permission=MANAGE, icon="triangle-alert"),
        Action(_("Create an inspection"), "inspection:inspection-create", permission=MANAGE, icon="plus"),
    ),
    empty=_(
        "An inspection holds a lot against a released plan. It comes by itself with the goods receipt of a part that has one,"
        " or somebody creates it."
    ),
    help_template="inspection/_lot_help.html",
)
