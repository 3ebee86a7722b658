"""Which record the values of a batch are evidence of."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from ncr.models import Nonconformance


class KeepForm(forms.Form):
    number = forms.CharField(label=_("Nonconformance"), max_length=24)
    whole = forms.TypedChoiceField(
        label=_("Which values"),
        choices=((0, _("Those outside their limits")), (1, _("All values of the batch"))),
        coerce=int,
        widget=forms.RadioSelect,
        initial=0,
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_number(self) -> Nonconformance:
        rows = Nonconformance.objects.visible_to(self.user)
        found: Nonconformance | None = rows.filter(number=self.cleaned_data["number"].strip().upper()).first()
        if found is None:
            raise ValidationError(_now("There is no such nonconformance."))
        return found
