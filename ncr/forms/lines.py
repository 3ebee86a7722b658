"""Rows of a disposition: what each kind needs beyond its quantity is asked where it applies."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from qms.masterdata.models import Item, Supplier
from qms.ui.widgets import Combobox

from ..actions.rules import split_serials
from ..choices import Disposition
from .fields import Amount


class LineForm(forms.Form):
    kind = forms.ChoiceField(label=_("Disposition"), choices=[("", "—"), *Disposition.choices])
    quantity = Amount(label=_("Quantity"))
    instruction = forms.CharField(label=_("Instruction"), required=False, max_length=2000)
    item = forms.CharField(label=_("New part (regrade)"), required=False, widget=Combobox(url="masterdata:item-lookup"))
    supplier = forms.CharField(
        label=_("Supplier (return)"), required=False, widget=Combobox(url="masterdata:supplier-lookup")
    )
    return_reference = forms.CharField(label=_("Return reference (RMA)"), required=False, max_length=80)
    serials = forms.CharField(label=_("Serial numbers"), required=False, max_length=4000)

    def __init__(self, *args: Any, user: Any, has_serials: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        if not has_serials:
            del self.fields["serials"]

    def clean_item(self) -> Item | None:
        return self._named(Item, "item", _("No single part has this number. Choose one from the list."))

    def clean_supplier(self) -> Supplier | None:
        return self._named(Supplier, "supplier", _("No single supplier has this number."))

    def clean_serials(self) -> tuple[str, ...]:
        return split_serials(self.cleaned_data["serials"])

    def _named(self, model: Any, name: str, problem: Any) -> Any:
        number = self.cleaned_data[name].strip()
        if not number:
            return None
        found = list(model.objects.visible_to(self.user).live().filter(number=number)[:2])
        if len(found) != 1:
            raise forms.ValidationError(problem)
        return found[0]


LineSet = forms.formset_factory(LineForm, extra=2, can_delete=True, max_num=20, validate_max=True)
