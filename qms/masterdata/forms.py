"""The rows of a system-of-record matrix."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from qms.accounts import access
from qms.accounts.models import Site

from .actions.matrix import objects
from .models import Otherwise


class NoteForm(forms.Form):
    note = forms.CharField(label=_("What it changes and why"), widget=forms.Textarea({"rows": 3}), max_length=2000)


class DraftForm(NoteForm):
    field_order = ("site", "note")
    site: Any = forms.ModelChoiceField(label=_("Site"), queryset=None, to_field_name="code")

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ids = access.site_ids(user, "mapping.edit")
        known: Any = self.fields["site"]
        known.queryset = Site.objects.all() if ids == access.ALL else Site.objects.filter(pk__in=ids)


class RowForm(forms.Form):
    object = forms.ChoiceField(label=_("Object"), choices=[("", "—"), *((name, name) for name in objects())])
    field = forms.CharField(label=_("Field (* for all others)"), max_length=40, initial="*")
    owner = forms.ChoiceField(label=_("System of record"))
    otherwise = forms.ChoiceField(label=_("Another one's value is"), choices=Otherwise.choices)

    def __init__(self, *args: Any, systems: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owner: Any = self.fields["owner"]
        owner.choices = systems.items()


RowSet = forms.formset_factory(RowForm, extra=1, can_delete=True, max_num=400, validate_max=True)
NAMES = ("object", "field", "owner", "otherwise")


def rows_of(cleaned: list[dict[str, Any]]) -> list[dict[str, str]]:
    return [{name: str(row[name]) for name in NAMES} for row in cleaned]
