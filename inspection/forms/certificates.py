"""What a certificate says, typed as it stands there."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from qms.accounts import access
from qms.accounts.models import Site
from qms.masterdata.models import Item, ReceiptLine, Supplier
from qms.ui.widgets import Combobox, Day, offer

from ..choices import CertificateKind
from ..models import Inspection
from ..workflow import RECORD
from .calibrations import Points

NAMES = ("characteristic", "value", "unit")


class EditForm(forms.Form):
    kind = forms.ChoiceField(label=_("Kind of certificate"), choices=CertificateKind.choices)
    reference = forms.CharField(label=_("Number of the certificate"), max_length=80)
    issuer_name = forms.CharField(
        label=_("Issued by"), max_length=200, required=False, help_text=_("Empty: the supplier of the receipt.")
    )
    issued_date = forms.DateField(label=_("Issued on"), widget=Day)
    valid_until = forms.DateField(
        label=_("Valid until"), widget=Day, required=False, help_text=_("Empty: without end.")
    )
    part_revision = forms.CharField(label=_("Revision"), max_length=40, required=False)
    lots = forms.CharField(
        label=_("Lots"),
        max_length=2000,
        required=False,
        help_text=_("With a comma between them; empty: that of the receipt."),
    )
    heats = forms.CharField(
        label=_("Heat numbers"), max_length=2000, required=False, help_text=_("With a comma between them.")
    )
    claims = forms.CharField(
        label=_("What it claims"),
        widget=forms.Textarea({"rows": 3}),
        max_length=4000,
        required=False,
        help_text=_("For example EN 10204 3.1, or the standard that the process was done by."),
    )
    values = Points(
        label=_("Values"),
        names=NAMES,
        required=False,
        help_text=_("One a line: balloon number, value, unit. They are compared with the limits of the plan."),
    )

    def clean_lots(self) -> list[str]:
        return self._listed("lots")

    def clean_heats(self) -> list[str]:
        return self._listed("heats")

    def _listed(self, name: str) -> list[str]:
        return [one for each in re.split(r"[,，;\n]", self.cleaned_data[name]) if (one := each.strip())]

    def clean_values(self) -> list[dict[str, str]]:
        return self.cleaned_data["values"] or []


class ChangeForm(EditForm):
    reason = forms.CharField(label=_("Reason for the change"), widget=forms.Textarea({"rows": 2}), max_length=2000)


class RecordForm(EditForm):
    site = forms.ModelChoiceField(empty_label=None, label=_("Site"), queryset=Site.objects.none(), to_field_name="code")
    receipt_line: Any = forms.CharField(
        label=_("Receipt"),
        required=False,
        max_length=120,
        help_text=_("Its number; where it has several lines, the part says which one is meant."),
    )
    item: Any = forms.CharField(
        label=_("Part"),
        required=False,
        widget=Combobox(url="masterdata:item-lookup"),
        help_text=_("Empty: that of the receipt."),
    )
    supplier: Any = forms.CharField(
        label=_("Supplier"), required=False, widget=Combobox(url="masterdata:supplier-lookup"), max_length=120
    )
    field_order = ("site", "receipt_line", "item", "supplier")

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        held = access.site_ids(user, RECORD)
        offer(self, "site", Site.objects.all() if held == access.ALL else Site.objects.filter(pk__in=held))

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        data["item"] = self._named(Item.objects.filter(number=data.get("item", "")), "item", data)
        data["supplier"] = self._named(Supplier.objects.filter(number=data.get("supplier", "")), "supplier", data)
        lines = ReceiptLine.objects.filter(receipt__number=data.get("receipt_line", ""))
        data["receipt_line"] = self._named(
            lines.filter(item=data["item"]) if data["item"] else lines, "receipt_line", data
        )
        return data

    def _named(self, rows: Any, name: str, data: dict[str, Any]) -> Any:
        if not (data.get(name) or "").strip():
            return None
        found = list(rows.visible_to(self.user).live().select_related()[:2])
        if len(found) != 1:
            self.add_error(name, _("Exactly one must have this number."))
            return None
        return found[0]


class WaiveForm(forms.Form):
    kind = forms.ChoiceField(label=_("Certificate"))
    reason = forms.CharField(
        label=_("Why the lot may be released without it"), widget=forms.Textarea({"rows": 2}), max_length=2000
    )

    def __init__(self, *args: Any, inspection: Inspection, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds: Any = self.fields["kind"]
        # With nothing missing the step itself refuses, in words of its own.
        asked = inspection.missing_certificates() or CertificateKind.values
        kinds.choices = [(kind, CertificateKind(kind).label) for kind in asked]
