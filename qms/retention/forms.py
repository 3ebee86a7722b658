"""Is the input well formed? Nothing here saves."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from qms.accounts import access
from qms.accounts.models import Site
from qms.records.models import REGISTRY
from qms.ui.widgets import Day, offer


class Numbers(forms.CharField):
    """Record numbers parted by commas, blanks or lines."""

    def __init__(self, **options: Any) -> None:
        options = {"max_length": 20_000, "widget": forms.Textarea({"rows": 2}), **options}
        super().__init__(help_text=_("Their numbers, parted by commas or lines."), **options)

    def to_python(self, value: Any) -> Any:
        return (super().to_python(value) or "").replace(",", " ").replace(";", " ").split()


def reason() -> forms.CharField:
    return forms.CharField(label=_("Reason"), widget=forms.Textarea({"rows": 3}), max_length=2000)


class SiteForm(forms.Form):
    site = forms.ModelChoiceField(empty_label=None, label=_("Site"), queryset=Site.objects.none(), to_field_name="code")

    def __init__(self, *args: Any, site_ids: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "site", Site.objects.all() if site_ids == access.ALL else Site.objects.filter(pk__in=site_ids))


class PlaceForm(SiteForm):
    reason = reason()
    numbers = Numbers(label=_("Records"), required=False)
    record_types = forms.MultipleChoiceField(
        label=_("All of these kinds"), required=False, widget=forms.CheckboxSelectMultiple
    )
    from_date = forms.DateField(label=_("Recorded from"), widget=Day, required=False)
    to_date = forms.DateField(label=_("Recorded to"), widget=Day, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = ((model._meta.label_lower, model._meta.verbose_name) for model in REGISTRY.values())
        offer(self, "record_types", sorted(kinds, key=lambda kind: str(kind[1])))


class ExtendForm(forms.Form):
    numbers = Numbers(label=_("Records"))
    reason = reason()


class DraftForm(SiteForm):
    reason = reason()
    numbers = Numbers(label=_("Records"))


class ClassForm(forms.Form):
    label_en = forms.CharField(label=_("English label"), max_length=120)
    label_zh_hans = forms.CharField(label=_("Chinese label"), max_length=120)
    years = forms.IntegerField(label=_("Years from closure"), min_value=0, max_value=100)
    basis = forms.CharField(
        label=_("Basis"), max_length=200, help_text=_("The clause, contract or law that asks for it.")
    )
    reason = reason()
