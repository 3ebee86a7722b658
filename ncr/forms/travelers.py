"""A link to a record of another system."""

from django import forms
from django.utils.translation import gettext_lazy as _


class TravelerForm(forms.Form):
    system = forms.CharField(label=_("System"), max_length=40)
    record_id = forms.CharField(label=_("Number there"), max_length=120)
    record_type = forms.CharField(
        label=_("Kind of record"),
        max_length=40,
        required=False,
        help_text=_("For example traveler, eDHR, routing card."),
    )
    url = forms.CharField(label=_("Address"), max_length=500, required=False)
    title = forms.CharField(label=_("Title"), max_length=200, required=False)


class WithdrawForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea({"rows": 2}), max_length=2000)


class CopyForm(forms.Form):
    """Nothing to enter: the address is asked once more."""
