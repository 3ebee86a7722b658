"""How certificates and lots without one are listed: one declaration for page, CSV, XLSX and API."""

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from qms.lib.clock import now
from qms.lib.listed import listed
from qms.ui.filters import Choices, DateRange, Flag, Text
from qms.ui.listspec import Action, Column, ListSpec, Tab
from qms.ui.show import Mark

from .. import queries
from ..choices import CertificateKind, ReadingVerdict
from ..models import Certificate, Inspection
from ..workflow import INSPECTION, RECORD
from ..workflow.certificates import CERTIFICATE

VALUES = (
    Mark("", _("No values"), "muted", "circle-dashed"),
    Mark(ReadingVerdict.PASSED, _("Conforms"), "success", "circle-check"),
    Mark(ReadingVerdict.FAILED, _("Does not conform"), "danger", "circle-x"),
    Mark(ReadingVerdict.UNCLEAR, _("Not decidable within the uncertainty"), "warning", "circle-question-mark"),
)


def _lapsed(user: Any) -> Q:
    return Q(state="ACCEPTED", valid_until__lt=now().date())


CERTIFICATES = ListSpec(
    name="certificates",
    title=_("Certificates"),
    model=Certificate,
    permission="inspection.view",
    rows=lambda user: Certificate.objects.visible_to(user).select_related("site", "created_by", "accepted_by"),
    columns=(
        Column("number", _("Number"), kind="record", sort="id"),
        Column("kind", _("Kind of certificate"), choices=CertificateKind.choices),
        Column("reference", _("Number of the certificate")),
        Column("issuer_name", _("Issued by")),
        Column("part_number", _("Part")),
        Column("lots", _("Lots"), source=lambda row: ", ".join(row.lots)),
        Column("heats", _("Heat numbers"), source=lambda row: ", ".join(row.heats), shown=False),
        Column("receipt_number", _("Receipt")),
        Column("state", _("Status"), kind="state", states=CERTIFICATE.states),
        Column("verdict", _("Values"), kind="state", states=VALUES),
        Column("issued_date", _("Issued on"), kind="date", sort="issued_date"),
        Column("valid_until", _("Valid until"), kind="date", sort="valid_until"),
        Column("part_revision", _("Revision"), shown=False),
        Column("created_by", _("Recorded by"), kind="user", shown=False),
        Column("accepted_by", _("Accepted by"), kind="user", shown=False),
        Column("site", _("Site"), source="site.code", shown=False),
        Column("version", _("Version"), kind="number", shown=False),
    ),
    filters=(
        Choices("state", _("Status"), choices=CERTIFICATE.choices),
        Choices("kind", _("Kind of certificate"), choices=CertificateKind.choices),
        Text("part", _("Part"), field="part_number", lookup="exact"),
        Text("issuer", _("Issued by"), field="issuer_name", lookup="icontains"),
        Text("receipt", _("Receipt"), field="receipt_number", lookup="exact"),
        DateRange("issued", _("Issued on"), field="issued_date", of_time=False),
        Flag("lapsed", _("Lapsed"), where=_lapsed),
    ),
    tabs=(
        Tab(_("To review"), {"state": ["RECEIVED"]}),
        Tab(_("Lapsed"), {"lapsed": "1"}),
        Tab(_("All"), {}),
    ),
    search=("number", "reference", "part_number"),
    order="-id",
    actions=(
        Action(_("Record a certificate"), "inspection:certificate-create", permission=RECORD, icon="plus"),
        Action(_("Missing certificates"), "inspection:certificate-missing", permission="inspection.view", icon="file-x"),
        Action(_("Our certificates"), "inspection:conformance-list", permission="inspection.view", icon="file-check"),
    ),
    empty=_(
        "A certificate comes with a delivery: record what it says, attach its file, and somebody else accepts it by signature."
    ),
)  # fmt: skip
MISSING = ListSpec(
    name="missing-certificates",
    title=_("Missing certificates"),
    model=Inspection,
    permission="inspection.view",
    rows=lambda user: queries.certificates.lacking(Inspection.objects.visible_to(user)).select_related("site", "plan"),
    columns=(
        Column("number", _("Number"), kind="record", sort="id"),
        Column("missing", _("Missing"), source=lambda row: listed(queries.certificates.kinds_lacked(row)), wide=True),
        Column("part_number", _("Part")),
        Column("lot_number", _("Lot")),
        Column("supplier_name", _("Supplier")),
        Column("receipt_number", _("Receipt")),
        Column("state", _("Status"), kind="state", states=INSPECTION.states),
        Column("arrived_at", _("Arrived"), kind="age", sort="arrived_at"),
        Column("plan", _("Plan"), source="plan.number", shown=False),
        Column("site", _("Site"), source="site.code", shown=False),
    ),
    filters=(
        Choices("state", _("Status"), choices=INSPECTION.choices),
        Text("part", _("Part"), field="part_number", lookup="exact"),
        Text("supplier", _("Supplier"), field="supplier_name", lookup="icontains"),
        Text("receipt", _("Receipt"), field="receipt_number", lookup="exact"),
    ),
    search=("number", "part_number", "lot_number"),
    order="-id",
    actions=(Action(_("Record a certificate"), "inspection:certificate-create", permission=RECORD, icon="plus"),),
    empty=_("No delivery waits for a certificate that its plan asks for."),
)
