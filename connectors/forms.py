from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ncr.models import DefectCode
from qms.accounts.models import Site
from qms.ui.widgets import Combobox


class NoQuestion(forms.Form):
    """A step that is confirmed by its button alone."""


class SyncForm(forms.Form):
    full = forms.BooleanField(
        label=_("Read everything"),
        required=False,
        help_text=_("Also finds what was deleted in the ERP. Without it only what changed is read."),
    )


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea({"rows": 3}), max_length=2000)


class MapForm(forms.Form):
    """What a foreign name means here; the choices depend on what kind of name it is."""

    local_value = forms.CharField(label=_("Means here"), max_length=120)

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lookups = {"item": "masterdata:item-lookup", "work_center": "masterdata:work-center-lookup"}
        if kind in lookups:
            self.fields["local_value"].widget = Combobox(url=lookups[kind])
        if choices := _choices(kind):
            self.fields["local_value"] = forms.ChoiceField(label=_("Means here"), choices=[("", "–"), *choices])


def _choices(kind: str) -> list[tuple[str, str]]:
    if kind == "defect_code":
        return [(code.code, f"{code.code} {code.label}") for code in DefectCode.objects.filter(valid_to=None)]
    if kind == "site":
        return [(site.code, f"{site.code} {site.name}") for site in Site.objects.all()]
    return []
