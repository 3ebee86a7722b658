"""The list of go-live decisions, and the words of what a comparison found."""

from django.utils.translation import gettext_lazy as _

from connectors.models import GoLive
from connectors.workflow import GOLIVE
from qms.ui.filters import Choices, DateRange, Text
from qms.ui.listspec import Column, ListSpec, Tab
from qms.ui.show import Mark

FOUND = (
    Mark("matched", _("Matches"), "success", "circle-check"),
    Mark("differs", _("Differs"), "warning", "diff"),
    Mark("missing_there", _("Only the flow would have it"), "danger", "log-out"),
    Mark("missing_here", _("Only there"), "danger", "log-in"),
    Mark("waiting", _("Would wait for a person"), "warning", "user"),
    Mark("refused", _("Would be refused"), "danger", "ban"),
    Mark("fault", _("Could not be computed"), "danger", "octagon-alert"),
    Mark("unproved", _("Nothing to compare with"), "muted", "circle-question-mark"),
)

GOLIVES = ListSpec(
    name="golives",
    title=_("Going live"),
    model=GoLive,
    permission="go_live.view",
    rows=lambda user: GoLive.objects.visible_to(user).select_related(
        "interface", "site", "scope", "created_by", "signed_by"
    ),
    columns=(
        Column("number", _("Number"), kind="record", sort="id"),
        Column("interface", _("Interface"), source="interface.code"),
        Column("object", _("Flow")),
        Column("direction", _("Direction"), source="get_direction_display"),
        Column("state", _("Status"), kind="state", states=GOLIVE.states),
        Column("seen", _("Compared"), source=lambda row: row.counts.get("seen", 0), kind="number", align="end"),
        Column("matched", _("Matches"), source=lambda row: row.counts.get("matched", 0), kind="number", align="end"),
        Column("since", _("From"), kind="moment", shown=False),
        Column("until", _("To"), kind="moment"),
        Column("created_by", _("Prepared by"), kind="user"),
        Column("signed_by", _("Released by"), kind="user"),
        Column("site", _("Site"), source="site.code", shown=False),
        Column("version", _("Version"), kind="number", shown=False),
    ),
    filters=(
        Choices("state", _("Status"), choices=GOLIVE.choices),
        Text("interface", _("Interface"), field="interface__code", lookup="exact"),
        Text("object", _("Flow"), lookup="exact"),
        DateRange("until", _("Compared to"), field="until"),
    ),
    tabs=(Tab(_("All"), {}), Tab(_("To release"), {"state": ["DRAFT"]})),
    search=("number", "object"),
    order="-id",
    empty=_("A flow goes live by a decision on a comparison: prepare one on the page of the interface, under Stages."),
)
