"""Which lot of the ERP a provisional one is."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from qms.masterdata.models import Lot


class RefuseForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"), widget=forms.Textarea({"rows": 2}), max_length=2000,
        help_text=_("How it was found that there is no such lot. The name stays in the history."),
    )  # fmt: skip


class MatchForm(forms.Form):
    lot: Any = forms.ModelChoiceField(
        label=_("Lot of the ERP"),
        queryset=Lot.objects.none(),
        help_text=_(
            "Lots of the part at the site of the record. Nothing is guessed: compare the label with what the ERP says."
        ),
    )
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea({"rows": 2}), max_length=2000)

    def __init__(self, *args: Any, lots: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered: Any = self.fields["lot"]
        offered.queryset = lots
