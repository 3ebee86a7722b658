"""How gauges are listed: one declaration for page, CSV, XLSX and API."""

from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from qms.lib.clock import now
from qms.ui.filters import Choices, DateRange, Flag, Text
from qms.ui.listspec import Action, Column, ListSpec, Tab
from qms.ui.show import Mark

from ..models import Gauge
from ..queries.recall import is_recalled
from ..workflow import GAUGE

SOON = timedelta(days=30)
VALID = Mark("valid", _("Calibrated"), "success")
DUE_SOON = Mark("due_soon", _("Due soon"), "warning")
OVERDUE = Mark("overdue", _("Overdue"), "danger")
UNKNOWN = Mark("unknown", _("No calibration recorded"), "warning")
CALIBRATION = (VALID, DUE_SOON, OVERDUE, UNKNOWN)


def calibration(gauge: Gauge) -> str:
    """Said of gauges that are retired too: their readings of the time are judged by it."""
    today = now().date()
    if gauge.due_date is None:
        return UNKNOWN.code
    if gauge.is_overdue(on=today):
        return OVERDUE.code
    return (DUE_SOON if gauge.is_overdue(on=today + SOON) else VALID).code


def _overdue(user: Any) -> Q:
    return Q(due_date__lt=now().date(), state="IN_USE")


def _soon(user: Any) -> Q:
    today = now().date()
    return Q(due_date__gte=today, due_date__lt=today + SOON, state="IN_USE")


GAUGES = ListSpec(
    name="gauges",
    title=_("Gauges"),
    model=Gauge,
    permission="gauge.view",
    rows=lambda user: Gauge.objects.visible_to(user).select_related("site", "keeper"),
    columns=(
        Column("number", _("Number"), kind="record", sort="id"),
        Column("asset", _("Asset number")),
        Column("description", _("Description"), wide=True),
        Column("kind", _("Kind of gauge")),
        Column("range", _("Range"), source="range_shown"),
        Column("resolution", _("Resolution"), kind="quantity", unit="unit", align="end"),
        Column("location", _("Location")),
        Column("keeper", _("Keeper"), kind="user"),
        Column("state", _("Status"), kind="state", states=GAUGE.states),
        Column("calibration", _("Calibration"), kind="state", source=calibration, states=CALIBRATION),
        Column("due_date", _("Calibration due"), kind="date", sort="due_date"),
        Column("calibrated_date", _("Calibrated on"), kind="date", shown=False),
        Column("serial_number", _("Serial number"), shown=False),
        Column("site", _("Site"), source="site.code", shown=False),
        Column("source_key", _("Number in the old system"), shown=False),
        Column("version", _("Version"), kind="number", shown=False),
    ),
    filters=(
        Choices("state", _("Status"), choices=GAUGE.choices),
        Text("asset", _("Asset number"), lookup="exact"),
        Text("kind", _("Kind of gauge"), lookup="icontains"),
        Text("location", _("Location"), lookup="icontains"),
        Text("keeper", _("Keeper"), field="keeper__full_name"),
        DateRange("due", _("Calibration due"), field="due_date", of_time=False),
        Flag("overdue", _("Overdue"), where=_overdue),
        Flag("soon", _("Due soon"), where=_soon),
        Flag("recalled", _("Recalled"), where=lambda _user: is_recalled()),
    ),
    tabs=(
        Tab(_("All"), {}),
        Tab(_("In use"), {"state": ["IN_USE"]}),
        Tab(_("Due soon"), {"soon": "1"}),
        Tab(_("Recalled"), {"recalled": "1"}),
        Tab(_("Overdue"), {"overdue": "1"}),
    ),
    search=("number", "asset", "description"),
    order="-id",
    actions=(
        Action(_("Register a gauge"), "inspection:gauge-create", permission="gauge.manage", icon="plus"),
        Action(_("Calibrations"), "inspection:calibration-list", permission="gauge.view", icon="gauge"),
        Action(
            _("Measurement systems analysis"), "inspection:msastudy-list", permission="gauge.view", icon="chart-line"
        ),
    ),
    empty=_("Gauges appear here when somebody registers one or imports them from the system used so far."),
)
