"""Is the input well formed? Nothing here saves."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from ncr.models import Nonconformance
from qms.accounts import access
from qms.accounts.models import Site
from qms.masterdata.models import Item, Supplier
from qms.ui.widgets import Combobox, offer

from .workflow import PROPOSE


class Numbered(forms.CharField):
    """A row by its number, among those that the reader may see; given by the form as `rows`."""

    rows: Any = None

    def clean(self, value: Any) -> Any:
        number = super().clean(value)
        if not number:
            return None
        found = list(self.rows.filter(number=number)[:2])
        if not found:
            raise forms.ValidationError(_now("%(number)s is not known.") % {"number": number})
        if len(found) > 1:
            raise forms.ValidationError(_now("%(number)s stands for more than one.") % {"number": number})
        return found[0]


class ProposeForm(forms.Form):
    site = forms.ModelChoiceField(empty_label=None, label=_("Site"), queryset=Site.objects.none(), to_field_name="code")
    supplier = Numbered(label=_("Supplier"), max_length=120, widget=Combobox("masterdata:supplier-lookup"))
    item = Numbered(
        label=_("Only the part"),
        max_length=120,
        required=False,
        widget=Combobox("masterdata:item-lookup"),
        help_text=_("Empty: every part of the supplier."),
    )
    ncr = Numbered(label=_("Nonconformance"), max_length=24, required=False, help_text=_("What it follows from."))
    reason = forms.CharField(label=_("Reason"), max_length=2000, widget=forms.Textarea({"rows": 3}))

    def __init__(self, *args: Any, by: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        held = access.site_ids(by, PROPOSE)
        offer(self, "site", Site.objects.all() if held == access.ALL else Site.objects.filter(pk__in=held))
        for name, rows in (
            ("supplier", Supplier.objects.visible_to(by).live()),
            ("item", Item.objects.visible_to(by).live()),
            ("ncr", Nonconformance.objects.visible_to(by)),
        ):
            field: Any = self.fields[name]
            field.rows = rows


class Waiting(forms.ChoiceField):
    """Which orders still wait is the act's to say, under the lock."""

    def valid_value(self, value: Any) -> bool:
        return True


class AnswerForm(forms.Form):
    order = Waiting(label=_("Order"))
    answer = forms.CharField(
        label=_("What became of it"),
        max_length=1000,
        widget=forms.Textarea({"rows": 3}),
        help_text=_(
            "For example: cancelled there on 3 May, or allowed by the quality manager until the end of the month."
        ),
    )

    def __init__(self, *args: Any, orders: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "order", [(number, number) for number in orders])
