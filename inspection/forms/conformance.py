"""What people say on a certificate of conformance; its results are taken from the inspection."""

import re

from django import forms
from django.utils.translation import gettext_lazy as _

from ncr.forms import Amount

from ..models.conformance import Detail


class EditForm(forms.Form):
    customer_name = forms.CharField(label=_("Customer"), max_length=200)
    customer_order = forms.CharField(label=_("Customer's order"), max_length=80, required=False)
    delivery = forms.CharField(label=_("Delivery"), max_length=80, required=False)
    quantity = Amount(label=_("Quantity"))
    serials = forms.CharField(
        label=_("Serial numbers"),
        widget=forms.Textarea({"rows": 2}),
        required=False,
        max_length=20_000,
        help_text=_("One for each piece, with a comma or a line between them; or none."),
    )
    specification = forms.CharField(label=_("Drawing or specification"), max_length=400)
    detail = forms.ChoiceField(label=_("Results"), choices=Detail.choices)
    with_gauges = forms.BooleanField(label=_("Name the gauges"), required=False)
    deviations = forms.CharField(
        label=_("Deviations agreed with the customer"),
        widget=forms.Textarea({"rows": 2}),
        required=False,
        max_length=4000,
        help_text=_("Approved dispositions of this lot stand there by themselves."),
    )
    remarks = forms.CharField(label=_("Remarks"), widget=forms.Textarea({"rows": 2}), required=False, max_length=4000)

    def clean_serials(self) -> list[str]:
        return [one for each in re.split(r"[,，;\n]", self.cleaned_data["serials"]) if (one := each.strip())]
