"""Certificates: recorded with a delivery, then taken through their steps."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from qms.records import queries as records
from qms.ui.show import chip, state_of
from qms.ui.views import ActView, RecordDetail, Section, Step, TransitionView

from .. import actions, tables
from ..choices import CertificateKind
from ..forms import certificates as forms
from ..forms.calibrations import lines
from ..models import Certificate, Inspection
from ..workflow import RECORD
from .lots import LotStep

FIELDSETS = (
    (gettext_lazy("What it is for"), ("site", "receipt_line", "item", "part_revision", "supplier", "lots", "heats")),
    (
        gettext_lazy("The certificate"),
        ("kind", "reference", "issuer_name", "issued_date", "valid_until", "claims", "values"),
    ),
)


class Record(ActView):
    permission = RECORD
    back = "inspection:certificate-list"
    form_class = forms.RecordForm
    title = gettext_lazy("Record a certificate")
    submit = gettext_lazy("Record")
    done = gettext_lazy("Recorded. Attach its file; somebody else accepts it.")
    fieldsets = FIELDSETS
    help_template = "inspection/_certificate_help.html"

    def form_kwargs(self) -> dict[str, Any]:
        return {"user": self.request.user}

    def perform(self, data: dict[str, Any]) -> Any:
        return actions.record_certificate(by=self.request.user, uid=self.key, **data)


class Detail(RecordDetail):
    model = Certificate
    permission = "inspection.view"
    list_url, list_title = "inspection:certificate-list", tables.CERTIFICATES.title
    steps = (
        Step(gettext_lazy("Received"), ("RECEIVED",)),
        Step(pgettext_lazy("certificate", "Accepted"), ("ACCEPTED",)),
    )
    sections = (Section("values", gettext_lazy("What it says"), "inspection/_certificate.html"),)
    aside = (Section("signatures", gettext_lazy("Signatures"), "components/_signatures.html"),)

    def facts(self, record: Any) -> Iterable[tuple[Any, Any]]:
        return (
            (_("Kind of certificate"), record.get_kind_display()),
            (_("Issued by"), record.issuer_name),
            (_("Values"), chip(state_of(record.verdict, tables.VALUES)) if record.verdict else ""),
            (_("Receipt"), record.receipt_number),
            (_("Issued on"), record.issued_date),
            (_("Valid until"), record.valid_until),
            (_("Site"), record.site.code),
        )

    def more(self, record: Any) -> dict[str, Any]:
        return {"signatures": records.signatures(record), "value_marks": tables.VALUES}


class CertificateStep(TransitionView):
    """Any step of the certificate's table."""

    model = Certificate

    def perform(self, data: dict[str, Any]) -> Any:
        act: Any = actions.CERTIFICATE_STEPS[self.step.name]
        signing = {"signing": self.signing} if self.step.signature else {}
        return act(certificate=self.record, by=self.request.user, version=self.version, **data, **signing)

    def statement(self, record: Any, data: dict[str, Any]) -> str:
        told = {"reference": record.reference, "issuer": record.issuer_name, "part": record.part_number}
        return _("I reviewed certificate %(reference)s of %(issuer)s for %(part)s and accept it.") % told

    def consequence(self, record: Any, data: dict[str, Any]) -> str:
        return _("It counts for its lots from now on.")


class Edit(CertificateStep):
    transition = "edit"
    form_class = forms.ChangeForm
    submit = gettext_lazy("Save")
    fieldsets = FIELDSETS

    def initial(self) -> dict[str, Any]:
        row = self.record
        names = ("kind", "reference", "issuer_name", "issued_date", "valid_until", "part_revision", "claims")
        values = [{"characteristic": one["balloon"], "value": one["given"]} for one in row.values]
        return {
            **{name: getattr(row, name) for name in names}, "lots": ", ".join(row.lots), "heats": ", ".join(row.heats),
            "values": lines(values, forms.NAMES),
        }  # fmt: skip


class Waive(LotStep):
    transition = "waive-certificate"
    form_class = forms.WaiveForm

    def form_kwargs(self) -> dict[str, Any]:
        return {"inspection": self.record}

    def statement(self, record: Inspection, data: dict[str, Any]) -> str:
        told = {"number": record.number, "kind": CertificateKind(data["kind"]).label}
        return _("I let %(number)s be released without this certificate and answer for it: %(kind)s.") % told
