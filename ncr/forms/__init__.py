"""Is the input well formed? Nothing here saves."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from qms.accounts.access import who_may
from qms.lib.clock import now
from qms.masterdata.models import Item, Lot, ProductionOrder
from qms.ui.causes import CauseField
from qms.ui.widgets import Combobox, Day, offer

from ..actions.rules import split_serials
from ..choices import Effect, Severity
from ..models import DefectCode
from .fields import Amount
from .lines import LineForm, LineSet
from .steps import STEPS

__all__ = ["STEPS", "Amount", "LineForm", "LineSet"]


class ReportForm(forms.Form):
    """Four inputs: what, where, how many, what is wrong; the rest is found from them."""

    part = forms.CharField(label=_("Part"), widget=Combobox(url="masterdata:item-lookup"))
    lot = forms.CharField(label=_("Lot"), required=False, widget=Combobox(url="masterdata:lot-lookup"))
    order = forms.CharField(label=_("Production order"), required=False)
    defect_code = forms.ModelChoiceField(
        empty_label="—", label=_("Defect"), queryset=DefectCode.objects.none(), to_field_name="code"
    )
    quantity = Amount(label=_("Affected quantity"))
    severity = forms.ChoiceField(
        label=_("Severity"), choices=[("", _("As the defect code says")), *Severity.choices], required=False
    )
    description = forms.CharField(
        label=_("What was found"), required=False, widget=forms.Textarea({"rows": 4}), max_length=4000
    )
    requirement = forms.CharField(
        label=_("What is required"), required=False, widget=forms.Textarea({"rows": 2}), max_length=4000
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        today = now().date()
        codes = DefectCode.objects.filter(valid_from__lte=today).exclude(valid_to__lt=today)
        offer(self, "defect_code", codes)

    def clean_part(self) -> Item:
        found = list(Item.objects.visible_to(self.user).live().filter(number=self.cleaned_data["part"].strip())[:2])
        if len(found) != 1:
            raise forms.ValidationError(_("No single part has this number. Choose one from the list."))
        return found[0]

    def clean_lot(self) -> Lot | None:
        number, item = self.cleaned_data["lot"].strip(), self.cleaned_data.get("part")
        if not number or item is None:
            return None
        found = list(Lot.objects.visible_to(self.user).live().filter(number=number, item=item)[:2])
        if len(found) != 1:
            raise forms.ValidationError(
                _("No single lot of this part has this number. Leave it empty if the ERP does not know it.")
            )
        return found[0]

    def clean_order(self) -> ProductionOrder | None:
        number = self.cleaned_data["order"].strip()
        if not number:
            return None
        found = list(ProductionOrder.objects.visible_to(self.user).live().filter(number=number)[:2])
        if len(found) != 1:
            raise forms.ValidationError(_("No single production order has this number."))
        return found[0]


class EditForm(forms.Form):
    title = forms.CharField(label=_("Title"), max_length=200)
    severity = forms.ChoiceField(label=_("Severity"), choices=Severity.choices)
    affected_quantity = Amount(label=_("Affected quantity"))
    description = forms.CharField(
        label=_("What was found"), required=False, widget=forms.Textarea({"rows": 4}), max_length=4000
    )
    requirement = forms.CharField(
        label=_("What is required"), required=False, widget=forms.Textarea({"rows": 2}), max_length=4000
    )
    owner: Any = forms.ModelChoiceField(empty_label="—", label=_("Owner"), queryset=None, required=False)
    due_date = forms.DateField(label=_("Due"), required=False, widget=Day)
    customer_approval_required = forms.BooleanField(
        label=_("The customer has to approve what departs from the requirement"), required=False
    )
    serials = forms.CharField(
        label=_("Serial numbers"),
        required=False,
        widget=forms.Textarea({"rows": 2}),
        max_length=4000,
        help_text=_("One for each affected piece, or none; separated by commas or blanks."),
    )
    cause = CauseField()
    reason = forms.CharField(label=_("Reason for the change"), widget=forms.Textarea({"rows": 2}), max_length=2000)

    def __init__(self, *args: Any, site_id: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "owner", who_may("ncr.review", site_id))

    def clean_serials(self) -> tuple[str, ...]:
        return split_serials(self.cleaned_data["serials"])


class HoldForm(forms.Form):
    quantity = Amount(label=_("Quantity to hold"))
    effect = forms.ChoiceField(label=_("Effect"), choices=Effect.choices)
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea({"rows": 2}), max_length=2000)
    review_date = forms.DateField(label=_("Review on"), required=False, widget=Day)


class CodeForm(forms.Form):
    code = forms.RegexField(
        r"^[A-Z0-9][A-Z0-9._-]*$",
        label=_("Code"),
        max_length=24,
        help_text=_("Capital letters, digits, hyphens; never changed afterwards, for example DIM-OUT."),
        error_messages={"invalid": _("Use capital letters, digits, hyphens and dots.")},
    )
    label_en = forms.CharField(label=_("English label"), max_length=120)
    label_zh_hans = forms.CharField(label=_("Chinese label"), max_length=120)
    severity = forms.ChoiceField(label=_("Severity unless somebody says otherwise"), choices=Severity.choices)
    valid_from = forms.DateField(label=_("First day"), widget=Day)


class RetireForm(forms.Form):
    valid_to = forms.DateField(label=_("Last day on which it can be chosen"), widget=Day)
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea({"rows": 2}), max_length=2000)


class NothingForm(forms.Form):
    """A step that asks for nothing but its rows or its signature."""
