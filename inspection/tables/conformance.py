"""How our own certificates of conformance are listed: one declaration for page, CSV, XLSX and API."""

from django.utils.translation import gettext_lazy as _

from qms.ui.filters import Choices, DateRange, Text
from qms.ui.listspec import Column, ListSpec, Tab

from ..models import Conformance
from ..workflow.conformance import CONFORMANCE

CONFORMANCES = ListSpec(
    name="conformance-certificates",
    title=_("Certificates of conformance"),
    model=Conformance,
    permission="inspection.view",
    rows=lambda user: Conformance.objects.visible_to(user).select_related("site", "inspection", "created_by", "issued_by"),
    columns=(
        Column("number", _("Number"), kind="record", sort="id"),
        Column("customer_name", _("Customer"), wide=True),
        Column("part_number", _("Part")),
        Column("lot_number", _("Lot")),
        Column("quantity", _("Quantity"), source="quantity_shown"),
        Column("delivery", _("Delivery")),
        Column("customer_order", _("Customer's order")),
        Column("state", _("Status"), kind="state", states=CONFORMANCE.states),
        Column("issued_at", _("Issued"), kind="moment", sort="issued_at"),
        Column("issued_by", _("Issuer"), kind="user"),
        Column("inspection", _("Inspection"), source="inspection.number", shown=False),
        Column("part_revision", _("Revision"), shown=False),
        Column("created_by", _("Prepared by"), kind="user", shown=False),
        Column("site", _("Site"), source="site.code", shown=False),
        Column("version", _("Version"), kind="number", shown=False),
    ),
    filters=(
        Choices("state", _("Status"), choices=CONFORMANCE.choices),
        Text("customer", _("Customer"), field="customer_name", lookup="icontains"),
        Text("part", _("Part"), field="part_number", lookup="exact"),
        Text("lot", _("Lot"), field="lot_number", lookup="exact"),
        Text("delivery", _("Delivery"), field="delivery", lookup="exact"),
        DateRange("issued", _("Issued"), field="issued_at"),
    ),
    tabs=(
        Tab(_("All"), {}),
        Tab(_("Drafts"), {"state": ["DRAFT"]}),
        Tab(_("Issued"), {"state": ["ISSUED"]}),
    ),
    search=("number", "part_number", "customer_name"),
    order="-id",
    empty=_("A certificate of conformance is prepared on the page of a decided inspection; its results are taken from there."),
)  # fmt: skip
