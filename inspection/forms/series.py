"""What a measured characteristic means here."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from qms.masterdata.models import Item
from qms.ui.widgets import Combobox

PLACES = 15


class NameForm(forms.Form):
    item = forms.CharField(
        label=_("Part"), widget=Combobox(url="masterdata:item-lookup"), required=False,
        help_text=_("Empty for a process parameter: what a machine tells of itself, of no part."),
    )  # fmt: skip
    characteristic = forms.CharField(
        label=_("Characteristic"), max_length=120, help_text=_("As the inspection plan or the drawing names it.")
    )
    unit = forms.CharField(
        label=_("Unit"),
        max_length=40,
        required=False,
        help_text=_("In which values of this characteristic are compared."),
    )
    factor = forms.DecimalField(
        label=_("Factor"),
        max_digits=30,
        decimal_places=PLACES,
        min_value=Decimal(1).scaleb(-PLACES),
        help_text=_("How many of this unit one of the sender's units is, exactly: 25.4 from inch to mm."),
    )
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea({"rows": 2}), max_length=2000)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_item(self) -> Item | None:
        if not self.cleaned_data["item"].strip():
            return None
        rows: Any = Item.objects.visible_to(self.user).live().filter(number=self.cleaned_data["item"])
        found = list(rows[:2])
        if len(found) != 1:
            raise ValidationError(_now("Choose a part from the master data."))
        item: Item = found[0]
        return item
