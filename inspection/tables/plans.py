"""How inspection plans are listed: one declaration for page, CSV, XLSX and API."""

from django.utils.translation import gettext_lazy as _

from qms.ui.filters import Choices, DateRange, Text
from qms.ui.listspec import Action, Column, ListSpec, Tab

from ..choices import InspectionKind
from ..models import InspectionPlan
from ..workflow import EDIT_PLAN, PLAN

PLANS = ListSpec(
    name="inspection-plans",
    title=_("Inspection plans"),
    model=InspectionPlan,
    permission="inspection_plan.view",
    rows=lambda user: InspectionPlan.objects.visible_to(user).select_related("site", "released_by"),
    columns=(
        Column("number", _("Number"), kind="record", sort="id"),
        Column("part_number", _("Part"), sort="part_number"),
        Column("revision", _("Part revision")),
        Column("kind", _("Kind of inspection"), source=lambda row: row.get_kind_display()),
        Column("title", _("Title"), wide=True),
        Column("edition", _("Edition"), kind="number"),
        Column("state", _("Status"), kind="state", states=PLAN.states),
        Column("sampling", _("Sampling"), source="sampling_shown"),
        Column("operation", _("Operation"), shown=False),
        Column("supplier_name", _("Supplier")),
        Column("customer_name", _("Customer"), shown=False),
        Column("released_at", _("Released"), kind="moment", sort="released_at"),
        Column("released_by", _("Released by"), kind="user", shown=False),
        Column("site", _("Site"), source="site.code"),
        Column("version", _("Version"), kind="number", shown=False),
    ),
    filters=(
        Choices("state", _("Status"), choices=PLAN.choices),
        Choices("kind", _("Kind of inspection"), choices=InspectionKind.choices),
        Text("part", _("Part"), field="part_number", lookup="exact"),
        Text("supplier", _("Supplier"), field="supplier_name", lookup="icontains"),
        DateRange("released", _("Released"), field="released_at"),
    ),
    tabs=(
        Tab(_("Released"), {"state": ["RELEASED"]}),
        Tab(_("In work"), {"state": ["DRAFT", "IN_REVIEW"]}),
        Tab(_("All"), {}),
    ),
    search=("number", "part_number", "title"),
    order="-id",
    actions=(Action(_("Draft a plan"), "inspection:inspectionplan-create", permission=EDIT_PLAN, icon="plus"),),
    empty=_(
        "A plan says what is inspected of a part, how many pieces, and when a lot is accepted. Draft one, list its characteristics,"
        " and let another person release it: from then on, inspections follow it."
    ),
    help_template="inspection/_plan_help.html",
)
