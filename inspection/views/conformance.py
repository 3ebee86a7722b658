"""Our own certificates of conformance: prepared on the page of the inspection, issued, printed."""

from collections.abc import Iterable
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from qms.accounts import access
from qms.lib import canonical
from qms.lib.quantity import show
from qms.records import queries as records
from qms.ui.views import ActView, RecordDetail, RecordFile, Section, Step, TransitionView

from .. import actions, tables
from ..forms.conformance import EditForm
from ..models import Conformance, Inspection
from ..prints import TEMPLATE, page, parts, results
from ..workflow import RECORD

FIELDSETS = (
    (gettext_lazy("Who gets what"), ("customer_name", "customer_order", "delivery", "quantity", "serials")),
    (
        gettext_lazy("What it says"),
        ("specification", "detail", "with_gauges", "deviations", "remarks"),
    ),
)


class Prepare(ActView):
    permission = RECORD
    form_class = EditForm
    title = gettext_lazy("Prepare a certificate of conformance")
    submit = gettext_lazy("Prepare")
    done = gettext_lazy("The draft is there. Read it; whoever answers for it issues it by signature.")
    fieldsets = FIELDSETS
    help_template = "inspection/_conformance_help.html"

    def inspection(self) -> Inspection:
        found: Inspection = get_object_or_404(
            Inspection.objects.visible_to(self.request.user), number=self.kwargs["number"]
        )
        return found

    def allowed(self) -> None:
        access.check(self.request.user, self.permission, self.inspection())

    def initial(self) -> dict[str, Any]:
        told = actions.proposed_conformance(self.inspection())
        return {**told, "quantity": show(told["quantity"])}

    def perform(self, data: dict[str, Any]) -> Any:
        return actions.prepare_conformance(inspection=self.inspection(), by=self.request.user, uid=self.key, **data)

    def back_url(self) -> str:
        return self.inspection().get_absolute_url()


class Detail(RecordDetail):
    model = Conformance
    permission = "inspection.view"
    list_url, list_title = "inspection:conformance-list", tables.CONFORMANCES.title
    steps = (
        Step(gettext_lazy("Draft"), ("DRAFT",)),
        Step(pgettext_lazy("certificate", "Issued"), ("ISSUED",)),
    )
    sections = (Section("says", gettext_lazy("What it says"), "inspection/_conformance.html"),)
    aside = (Section("signatures", gettext_lazy("Signatures"), "components/_signatures.html"),)

    def facts(self, record: Any) -> Iterable[tuple[Any, Any]]:
        return (
            (_("Customer"), record.customer_name),
            (_("Quantity"), record.quantity_shown),
            (_("Delivery"), record.delivery),
            (_("Customer's order"), record.customer_order),
            (_("Issued"), record.issued_at),
            (_("Site"), record.site.code),
        )

    def more(self, record: Any) -> dict[str, Any]:
        told = [(title, lines) for title, lines in parts(record) if lines]
        return {"results": results(record), "parts": told, "signatures": records.signatures(record)}


class ConformanceStep(TransitionView):
    """Any step of the certificate's table."""

    model = Conformance

    def perform(self, data: dict[str, Any]) -> Any:
        act: Any = actions.CONFORMANCE_STEPS[self.step.name]
        signing = {"signing": self.signing} if self.step.signature else {}
        return act(conformance=self.record, by=self.request.user, version=self.version, **data, **signing)

    def statement(self, record: Any, data: dict[str, Any]) -> str:
        return _("I certify to %(customer)s that %(quantity)s of %(part)s conform to %(specification)s.") % {
            "customer": record.customer_name,
            "quantity": record.quantity_shown,
            "part": record.part_number,
            "specification": record.specification,
        }

    def consequence(self, record: Any, data: dict[str, Any]) -> str:
        return _("It may go to the customer from now on, and is changed no more.")


class Edit(ConformanceStep):
    transition = "edit"
    form_class = EditForm
    submit = gettext_lazy("Save")
    fieldsets = FIELDSETS

    def initial(self) -> dict[str, Any]:
        row = self.record
        told = {name: getattr(row, name) for name in EditForm.base_fields}
        return {**told, "quantity": show(row.quantity), "serials": ", ".join(row.serials)}


class Print(RecordFile):
    """The page for the customer, or the very data that are signed."""

    model, permission = Conformance, "inspection.view"
    template = TEMPLATE

    def data(self, row: Any) -> str:
        return canonical.dumps(row.signed_content())

    def page(self, row: Any, **told: Any) -> dict[str, Any]:
        return page(row, **told)

    def left(self, row: Any, **told: Any) -> None:
        actions.conformance_printed(conformance=row, **told)
