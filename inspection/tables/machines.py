"""Tests of pieces, and alerts of machines."""

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from qms.ui.filters import Choices, DateRange, Flag, Text
from qms.ui.listspec import Column, ListSpec, Tab
from qms.ui.show import Mark

from ..choices import Verdict
from ..models import EquipmentAlert, ProductTest

VERDICTS = (
    Mark("passed", Verdict.PASSED.label, "success"),
    Mark("failed", Verdict.FAILED.label, "danger"),
    Mark("error", Verdict.ERROR.label, "warning"),
)
ACTIVE, CLEARED = Mark("active", _("Active"), "danger"), Mark("cleared", _("Cleared"), "muted")
ALERT_STATES = (ACTIVE, CLEARED)

TESTS = ListSpec(
    name="product-tests",
    title=_("Product tests"),
    model=ProductTest,
    permission="measurement.view",
    rows=lambda user: ProductTest.objects.visible_to(user).select_related("item", "site", "batch"),
    columns=(
        Column("occurred_at", _("Tested"), kind="moment", sort="occurred_at"),
        Column("verdict", _("Verdict"), kind="state", states=VERDICTS),
        Column("program", _("Test program")),
        Column("part_number", _("Part")),
        Column("serial", _("Serial number")),
        Column("lot_number", _("Lot")),
        Column("codes", _("Failure codes"), source=lambda row: ", ".join(row.codes)),
        Column("station", _("Station")),
        Column(
            "values",
            _("Values"),
            kind="link",
            source=lambda row: str(row.batch.told) if row.batch else "",
            link=lambda row: reverse("inspection:batch", args=[row.batch.uid]) if row.batch else "#",
        ),
        Column("order_number", _("Production order"), shown=False),
        Column("operation", _("Operation"), shown=False),
        Column("source", _("Source system"), shown=False),
        Column("source_event", _("Key in the source"), shown=False),
        Column("site", _("Site"), source="site.code", shown=False),
    ),
    filters=(
        Choices("verdict", _("Verdict"), choices=Verdict.choices),
        Text("part", _("Part"), field="part_number", lookup="exact"),
        Text("serial", _("Serial number"), lookup="exact"),
        Text("lot", _("Lot"), field="lot_number", lookup="exact"),
        DateRange("tested", _("Tested"), field="occurred_at"),
    ),
    tabs=(Tab(_("All"), {}), Tab(_("Failed"), {"verdict": ["failed"]})),
    order="-id",
    empty=_("Tests appear here when a tester or an MES reports them (mes.test.completed)."),
)

ALERTS = ListSpec(
    name="equipment-alerts",
    title=_("Equipment alerts"),
    model=EquipmentAlert,
    permission="measurement.view",
    rows=lambda user: EquipmentAlert.objects.visible_to(user).select_related("site"),
    columns=(
        Column("raised_at", _("Raised"), kind="moment", sort="raised_at"),
        Column("state", _("Status"), kind="state", states=ALERT_STATES,
               source=lambda row: (CLEARED if row.cleared_at else ACTIVE).code),
        Column("equipment", _("Equipment")),
        Column("work_center", _("Work center")),
        Column("code", _("Code")),
        Column("text", _("Text"), wide=True),
        Column("severity", _("Severity")),
        Column("cleared_at", _("Cleared"), kind="moment"),
        Column("source", _("Source system"), shown=False),
        Column("alert", _("Key in the source"), shown=False),
        Column("site", _("Site"), source="site.code", shown=False),
    ),
    filters=(
        Text("equipment", _("Equipment"), lookup="exact"),
        Text("work_center", _("Work center"), lookup="exact"),
        Flag("active", _("Active"), where=Q(cleared_at=None)),
    ),
    tabs=(Tab(_("Active"), {"active": "1"}), Tab(_("All"), {})),
    order="-id",
    empty=_("Alerts appear here when a machine or an MES raises them (mes.alert.raised). They open no nonconformance."),
)  # fmt: skip
