from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from qms.ui.widgets import Day

REASON = _("Reason")


class SnoozeForm(forms.Form):
    until = forms.DateField(label=_("Back in my queue on"), widget=Day())
    reason = forms.CharField(label=REASON, max_length=400)


class DelegateForm(forms.Form):
    to: Any = forms.ModelChoiceField(empty_label="—", label=_("To"), queryset=None)
    reason = forms.CharField(label=REASON, max_length=400)

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        to: Any = self.fields["to"]
        to.queryset = people


class NothingForm(forms.Form):
    """Only to be confirmed."""
