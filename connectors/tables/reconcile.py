"""Lists of the reconciliation: what differs, what was compared, and the sheets that are signed."""

from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from connectors.models import DaySheet, Difference, DifferenceKind, Origin, ReconcileRun, Resolution
from connectors.workflow import DAYSHEET
from qms.ui.filters import Choices, DateRange, Flag, Text
from qms.ui.listspec import Action, Column, ListSpec, Tab
from qms.ui.show import Mark

TONES = {
    "missing_here": "danger",
    "missing_there": "danger",
    "differs": "warning",
    "duplicate": "danger",
    "stale": "info",
}
ICONS = {"missing_here": "log-in", "missing_there": "log-out", "differs": "diff", "duplicate": "copy", "stale": "clock"}
KINDS = tuple(Mark(kind.value, kind.label, TONES[kind.value]) for kind in DifferenceKind)


def _fields(row: Any) -> str:
    return "; ".join(f"{name}: {ours or '–'} ≠ {theirs or '–'}" for name, ours, theirs in row.fields)


def _record(row: Any) -> str:
    return reverse("ui:record", args=[row.record_number])


DIFFERENCES = ListSpec(
    name="differences",
    title=_("Differences"),
    model=Difference,
    permission="interface.view",
    rows=lambda user: Difference.objects.visible_to(user).select_related("interface", "assigned_to", "resolved_by"),
    columns=(
        Column("name", _("Object"), source="number", kind="record", sort="id"),
        Column("kind", _("Kind"), kind="state", states=KINDS),
        Column("fields", _("Here ≠ there"), source=_fields, wide=True),
        Column("record_number", _("Record"), kind="link", link=_record),
        Column("interface", _("Interface"), source="interface.code"),
        Column("first_seen_at", _("Since"), kind="age", sort="first_seen_at"),
        Column("seen_at", _("Last seen"), kind="moment"),
        Column("assigned_to", _("Assigned to"), kind="user"),
        Column("resolution", _("Resolution"), source="get_resolution_display"),
        Column("reason", _("Reason"), wide=True, shown=False),
        Column("resolved_at", _("Resolved"), kind="moment", shown=False),
        Column("resolved_by", _("Resolved by"), kind="user", shown=False),
        Column("reopened", _("Reopened"), kind="number", shown=False),
        Column("key", _("Key in the source"), shown=False),
    ),
    filters=(
        Flag("open", _("Open"), where=Q(resolved_at=None)),
        Choices("kind", _("Kind"), choices=DifferenceKind.choices),
        Text("object", _("Object"), lookup="exact"),
        Text("interface", _("Interface"), field="interface__code", lookup="exact"),
        Text("record", _("Record"), field="record_number", lookup="exact"),
        Flag("mine", _("Mine"), where=lambda user: Q(assigned_to=user)),
        Flag("nobody", _("Assigned to nobody"), where=Q(assigned_to=None)),
        Choices("resolution", _("Resolution"), choices=Resolution.choices),
        DateRange("since", _("First seen"), field="first_seen_at"),
    ),
    tabs=(
        Tab(_("Open"), {"open": "1"}),
        Tab(_("Mine"), {"open": "1", "mine": "1"}),
        Tab(_("Nobody's"), {"open": "1", "nobody": "1"}),
        Tab(_("All"), {}),
    ),
    search=("name", "key", "record_number"),
    order="-id",
    actions=(Action(_("Runs"), "connectors:reconciliations", permission="interface.view", icon="history"),),
    empty=_("What stands otherwise here and in another system appears here after a reconciliation."),
)

RECONCILIATIONS = ListSpec(
    name="reconciliations",
    title=_("Reconciliations"),
    model=ReconcileRun,
    permission="interface.view",
    rows=lambda user: ReconcileRun.objects.visible_to(user).select_related("interface"),
    columns=(
        Column("asked_at", _("Asked for"), kind="moment", sort="id", link=lambda row: row.get_absolute_url()),
        Column(
            "interface", _("Interface"), source="interface.code", kind="link", link=lambda row: row.get_absolute_url()
        ),
        Column("origin", _("Kind"), source="get_origin_display"),
        Column("asked_by", _("By")),
        Column("compared", _("Compared"), kind="number", align="end"),
        Column("found", _("Differences"), kind="number", align="end"),
        Column("opened", _("New"), kind="number", align="end"),
        Column("closed", _("Gone"), kind="number", align="end"),
        Column("finished_at", _("Finished"), kind="moment"),
        Column("problem", _("Problem"), wide=True),
    ),
    filters=(
        Text("interface", _("Interface"), field="interface__code", lookup="exact"),
        Choices("origin", _("Kind"), choices=Origin.choices),
        DateRange("asked", _("Asked for"), field="asked_at"),
    ),
    order="-id",
    actions=(Action(_("Differences"), "connectors:differences", permission="interface.view", icon="diff"),),
    empty=_("A run stands here for every night and every time somebody asks."),
)

DAYSHEETS = ListSpec(
    name="daysheets",
    title=_("Day sheets"),
    model=DaySheet,
    permission="day_sheet.view",
    rows=lambda user: DaySheet.objects.visible_to(user).select_related("interface", "site", "created_by"),
    columns=(
        Column("number", _("Number"), kind="record", sort="id"),
        Column("interface", _("Interface"), source="interface.code"),
        Column("day", _("Day"), kind="date", sort="day"),
        Column("state", _("Status"), kind="state", states=DAYSHEET.states),
        Column("compared", _("Compared"), kind="number", align="end"),
        Column("open_count", _("Open"), kind="number", align="end"),
        Column("resolved_count", _("Resolved"), kind="number", align="end"),
        Column("site", _("Site"), source="site.code", shown=False),
        Column("created_by", _("Prepared by"), kind="user", shown=False),
        Column("version", _("Version"), kind="number", shown=False),
    ),
    filters=(
        Choices("state", _("Status"), choices=DAYSHEET.choices),
        Text("interface", _("Interface"), field="interface__code", lookup="exact"),
        DateRange("day", _("Day"), field="day"),
    ),
    tabs=(Tab(_("All"), {}), Tab(_("To sign"), {"state": ["DRAFT"]})),
    search=("number",),
    order="-id",
    actions=(Action(_("Prepare a day sheet"), "connectors:daysheet-create", permission="day_sheet.sign", icon="plus"),),
    empty=_(
        "A day sheet tells what was compared on a day and what became of each difference. It is prepared every night."
    ),
)
