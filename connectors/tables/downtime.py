"""The list of downtime windows, and the words of a gap report."""

from django.utils.translation import gettext_lazy as _

from connectors.models import Downtime
from connectors.workflow import DOWNTIME
from qms.ui.filters import Choices, DateRange, Text
from qms.ui.listspec import Column, ListSpec, Tab

DOWNTIMES = ListSpec(
    name="downtimes",
    title=_("Downtimes"),
    model=Downtime,
    permission="downtime.view",
    rows=lambda user: Downtime.objects.visible_to(user).select_related("interface", "site", "created_by", "owner"),
    columns=(
        Column("number", _("Number"), kind="record", sort="id"),
        Column("interface", _("Interface"), source="interface.code"),
        Column("state", _("Status"), kind="state", states=DOWNTIME.states),
        Column("begins_at", _("From"), kind="moment", sort="begins_at"),
        Column("ends_at", _("To"), kind="moment", sort="ends_at"),
        Column("is_planned", _("Planned"), source=lambda row: _("planned") if row.is_planned else _("declared")),
        Column("reason", _("Reason"), wide=True),
        Column("owner", _("Owner"), kind="user"),
        Column("left", _("Still waiting"), source=lambda row: row.report.get("left", 0), kind="number", align="end"),
        Column("site", _("Site"), source="site.code", shown=False),
        Column("created_by", _("Planned by"), kind="user", shown=False),
        Column("version", _("Version"), kind="number", shown=False),
    ),
    filters=(
        Choices("state", _("Status"), choices=DOWNTIME.choices),
        Text("interface", _("Interface"), field="interface__code", lookup="exact"),
        DateRange("begins_at", _("From"), field="begins_at"),
    ),
    tabs=(
        Tab(_("All"), {}),
        Tab(_("Coming and under way"), {"state": ["PLANNED", "ACTIVE"]}),
        Tab(_("To sign off"), {"state": ["ENDED"]}),
    ),
    search=("number",),
    order="-id",
    empty=_("Plan a downtime on the page of the interface: what is sent waits meanwhile, and nobody is alarmed."),
)
