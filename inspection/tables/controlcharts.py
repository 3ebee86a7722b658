"""How control charts and their signals are listed."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from qms.ui.filters import Choices, DateRange, Flag, Text
from qms.ui.listspec import Action, Column, ListSpec, Tab
from qms.ui.show import Mark

from ..choices import ChartSource, ControlKind
from ..models import ChartSignal, ControlChart
from ..queries.control import statistic
from ..workflow import CONTROLCHART, MANAGE_CHART

NEW = Mark("new", _("New"), "danger", "triangle-alert")
SEEN = Mark("seen", _("Acknowledged"), "warning", "eye")
CLOSED = Mark("closed", _("Closed"), "muted", "circle-check")
SIGNAL_STATES = (NEW, SEEN, CLOSED)


def state_of_signal(row: ChartSignal) -> str:
    return str((CLOSED if row.closed_at else SEEN if row.acknowledged_at else NEW).code)


CONTROLCHARTS = ListSpec(
    name="control-charts",
    title=_("Control charts"),
    model=ControlChart,
    permission="measurement.view",
    rows=lambda user: ControlChart.objects.visible_to(user).select_related("site", "owner", "created_by", "feed"),
    columns=(
        Column("number", _("Number"), kind="record", sort="id"),
        Column("part", _("Part"), sort="part"),
        Column("characteristic", _("Characteristic"), wide=True),
        Column("state", _("Status"), kind="state", states=CONTROLCHART.states),
        Column("kind", _("Kind"), choices=ControlKind.choices),
        Column("limits_number", _("Version of the limits"), kind="number", align="end"),
        Column("problem", _("Problem"), source=lambda row: row.feed.problem, wide=True),
        Column("owner", _("Owner"), kind="user"),
        Column("source", _("Values from"), choices=ChartSource.choices, shown=False),
        Column("site", _("Site"), source="site.code", shown=False),
        Column("version", _("Version"), kind="number", shown=False),
    ),
    filters=(
        Choices("state", _("Status"), choices=CONTROLCHART.choices),
        Choices("kind", _("Kind"), choices=ControlKind.choices),
        Choices("source", _("Values from"), choices=ChartSource.choices),
        Text("part", _("Part"), field="part", lookup="exact"),
        Flag("failing", _("Could not be judged"), where=~Q(feed__problem="")),
    ),
    tabs=(
        Tab(_("All"), {}),
        Tab(_("Monitoring (phase II)"), {"state": ["MONITORING"]}),
        Tab(_("Trial (phase I)"), {"state": ["TRIAL"]}),
        Tab(_("Could not be judged"), {"failing": "1"}),
    ),
    search=("number", "part", "characteristic"),
    order="-id",
    actions=(Action(_("Open a control chart"), "inspection:controlchart-create", permission=MANAGE_CHART),),
    empty=_(
        "A control chart watches one characteristic: open it here for what inspections find, or on the page of a measured"
        " characteristic. Freeze its limits once a stretch is in control; from then on new points are judged by themselves."
    ),
)


SIGNALS = ListSpec(
    name="chart-signals",
    title=_("Signals of control charts"),
    model=ChartSignal,
    permission="measurement.view",
    rows=lambda user: ChartSignal.objects.visible_to(user).select_related("site", "chart", "chart__owner"),
    columns=(
        Column("chart", _("Control chart"), kind="record", source="chart.number"),
        Column("part", _("Part"), source="chart.part"),
        Column("characteristic", _("Characteristic"), source="chart.characteristic"),
        Column("state", _("Status"), kind="state", states=SIGNAL_STATES, source=state_of_signal),
        Column("place", _("Point"), kind="number", align="end"),
        Column("statistic", _("Statistic"), source=lambda row: statistic(row.chart.kind, row.track)),
        Column("rule", _("Rule")),
        Column("at", _("Measured"), kind="moment", sort="at"),
        Column("created_at", _("Signalled"), kind="age"),
        Column("owner", _("Owner"), kind="user", source="chart.owner"),
        Column("cause", _("Assignable cause"), wide=True),
        Column("reaction", _("Reaction taken"), shown=False),
        Column("limits_number", _("Version of the limits"), kind="number", shown=False),
        Column("site", _("Site"), source="site.code", shown=False),
    ),
    filters=(
        Flag("open", _("Open"), where=Q(closed_at=None)),
        Flag("new", _("New"), where=Q(acknowledged_at=None)),
        Text("chart", _("Control chart"), field="chart__number", lookup="exact"),
        Text("part", _("Part"), field="chart__part", lookup="exact"),
        DateRange("at", _("Measured"), field="at"),
    ),
    tabs=(Tab(_("Open"), {"open": "1"}), Tab(_("New"), {"new": "1"}), Tab(_("All"), {})),
    order="-id",
    empty=_(
        "No point has broken a chosen rule. A signal is a case for its chart's owner, never a nonconformance by itself."
    ),
)
