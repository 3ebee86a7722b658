"""How calibrations are listed."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from qms.ui.filters import Choices, DateRange, Flag, Text
from qms.ui.listspec import Column, ListSpec, Tab

from ..models import Calibration, Result
from ..workflow.calibrations import CALIBRATION

CALIBRATIONS = ListSpec(
    name="calibrations",
    title=_("Calibrations"),
    model=Calibration,
    permission="gauge.view",
    rows=lambda user: Calibration.objects.visible_to(user).select_related("site", "gauge", "created_by", "approved_by"),
    columns=(
        Column("number", _("Number"), kind="record", sort="id"),
        Column("asset", _("Asset number"), source="gauge.asset"),
        Column("gauge", _("Gauge"), source="gauge.description", wide=True),
        Column("state", _("Status"), kind="state", states=CALIBRATION.states),
        Column("result", _("Result"), source="get_result_display"),
        Column("performed_date", _("Calibrated on"), kind="date", sort="performed_date"),
        Column("laboratory", _("Laboratory")),
        Column("certificate", _("Certificate number"), shown=False),
        Column("impact", _("Impact verdict"), source="get_impact_display"),
        Column("created_by", _("Recorded by"), kind="user"),
        Column("approved_by", _("Approved by"), kind="user"),
        Column("site", _("Site"), source="site.code", shown=False),
        Column("version", _("Version"), kind="number", shown=False),
    ),
    filters=(
        Choices("state", _("Status"), choices=CALIBRATION.choices),
        Choices("result", _("Result"), choices=Result.choices),
        Text("asset", _("Asset number"), field="gauge__asset", lookup="exact"),
        DateRange("performed", _("Calibrated on"), field="performed_date", of_time=False),
        Flag("out", _("Out of tolerance as found"), where=Q(is_out=True)),
    ),
    tabs=(
        Tab(_("All"), {}),
        Tab(_("To approve"), {"state": ["DRAFT"]}),
        Tab(_("Impact to be judged"), {"state": ["IMPACT"]}),
    ),
    search=("number", "certificate", "laboratory"),
    order="-id",
    empty=_("A calibration is recorded on the page of its gauge, under “Record a calibration”."),
)
