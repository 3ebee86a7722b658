"""What began an inspection by itself, and what could not be inspected."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from qms.ui.filters import Choices, DateRange, Flag, Text
from qms.ui.listspec import Column, ListSpec, Tab
from qms.ui.show import Mark

from ..choices import InspectionKind, Occasion
from ..models import InspectionOccasion

WAITING = Mark("waiting", _("Could not be inspected"), "danger", "triangle-alert")
MADE = Mark("made", _("Inspection begun"), "success", "circle-check")
CLOSED = Mark("closed", _("Closed"), "muted", "circle-x")
OCCASION_STATES = (WAITING, MADE, CLOSED)


def state_of(row: InspectionOccasion) -> str:
    return str((WAITING if row.is_waiting else MADE if row.inspection_id else CLOSED).code)


OCCASIONS = ListSpec(
    name="inspection-occasions",
    title=_("Occasions of inspections"),
    model=InspectionOccasion,
    permission="inspection.view",
    rows=lambda user: InspectionOccasion.objects.visible_to(user).select_related("site", "plan", "inspection"),
    columns=(
        Column("subject", _("What is to be inspected"), kind="record", sort="subject", wide=True),
        Column("state", _("Status"), kind="state", states=OCCASION_STATES, source=state_of),
        Column("problem", _("Why not"), wide=True),
        Column("since", _("Since"), kind="age", sort="since"),
        Column("tries", _("Tried"), kind="number", align="end"),
        Column("next_at", _("Tried again"), kind="moment"),
        Column("occasion", _("Occasion"), choices=Occasion.choices),
        Column("kind", _("Type of inspection"), choices=InspectionKind.choices),
        Column(
            "inspection", _("Inspection"), kind="link", source=lambda row: row.inspection.number if row.inspection else "",
            link=lambda row: row.inspection.get_absolute_url() if row.inspection else "#",
        ),
        Column("plan", _("Plan"), source="plan.number", shown=False),
        Column("part_number", _("Part"), shown=False),
        Column("reason", _("Reason"), shown=False),
        Column("site", _("Site"), source="site.code", shown=False),
    ),
    filters=(
        Flag("waiting", _("Could not be inspected"), where=Q(inspection=None, closed_at=None)),
        Choices("occasion", _("Occasion"), choices=Occasion.choices),
        Choices("kind", _("Type of inspection"), choices=InspectionKind.choices),
        Text("part", _("Part"), field="part_number", lookup="exact"),
        DateRange("since", _("Since"), field="since"),
    ),
    tabs=(Tab(_("Could not be inspected"), {"waiting": "1"}), Tab(_("All"), {})),
    search=("subject", "part_number"),
    order="-id",
    empty=_(
        "Everything that a released plan asks to be inspected has its inspection. What could not be inspected stands here with the"
        " reason, is tried again by itself, and leaves when it works or when somebody closes it."
    ),
)  # fmt: skip
