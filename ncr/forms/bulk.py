"""What a bulk act on nonconformances asks once for all of them."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from qms.accounts.access import who_may
from qms.ui.causes import CauseField
from qms.ui.widgets import Day


class OwnerForm(forms.Form):
    owner: Any = forms.ModelChoiceField(empty_label="—", label=_("Owner"), queryset=None)
    cause = CauseField()
    reason = forms.CharField(label=_("Reason for the change"), max_length=400)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owner: Any = self.fields["owner"]
        owner.queryset = who_may("ncr.review").order_by("full_name")


class DueForm(forms.Form):
    due_date = forms.DateField(label=_("Due"), widget=Day)
    cause = CauseField()
    reason = forms.CharField(label=_("Reason for the change"), max_length=400)


class CommentForm(forms.Form):
    text = forms.CharField(label=_("Comment"), widget=forms.Textarea({"rows": 3}), max_length=4000)


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea({"rows": 2}), max_length=400)


class ConfirmForm(forms.Form):
    """Only to be confirmed."""
