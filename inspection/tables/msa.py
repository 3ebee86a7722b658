"""How studies of measurement systems are listed."""

from django.utils.translation import gettext_lazy as _

from qms.ui.filters import Choices, DateRange, Text
from qms.ui.listspec import Column, ListSpec, Tab

from ..models import Grade, MsaStudy, StudyKind
from ..workflow.studies import MSASTUDY

STUDIES = ListSpec(
    name="msa-studies",
    title=_("Measurement systems analysis"),
    model=MsaStudy,
    permission="gauge.view",
    rows=lambda user: MsaStudy.objects.visible_to(user).select_related("site", "gauge", "created_by", "approved_by"),
    columns=(
        Column("number", _("Number"), kind="record", sort="id"),
        Column("asset", _("Asset number"), source="gauge.asset"),
        Column("characteristic", _("Characteristic"), wide=True),
        Column("kind", _("Kind of study"), source="get_kind_display"),
        Column("state", _("Status"), kind="state", states=MSASTUDY.states),
        Column("grade", _("Grade"), source="get_grade_display"),
        Column("percent", _("Gauge R&R in per cent"), kind="number", sort="percent"),
        Column("ndc", _("Distinct categories"), kind="number", sort="ndc"),
        Column("performed_date", _("Carried out on"), kind="date", sort="performed_date"),
        Column("created_by", _("Recorded by"), kind="user"),
        Column("approved_by", _("Approved by"), kind="user"),
        Column("site", _("Site"), source="site.code", shown=False),
        Column("version", _("Version"), kind="number", shown=False),
    ),
    filters=(
        Choices("state", _("Status"), choices=MSASTUDY.choices),
        Choices("kind", _("Kind of study"), choices=StudyKind.choices),
        Choices("grade", _("Grade"), choices=Grade.choices),
        Text("asset", _("Asset number"), field="gauge__asset", lookup="exact"),
        DateRange("performed", _("Carried out on"), field="performed_date", of_time=False),
    ),
    tabs=(
        Tab(_("All"), {}),
        Tab(_("To conclude"), {"state": ["DRAFT"]}),
        Tab(_("Not acceptable"), {"grade": ["poor"]}),
    ),
    search=("number", "characteristic"),
    order="-id",
    empty=_("A study is recorded on the page of its gauge, under “Record a study”."),
)
