"""Is the input well formed? Nothing here saves."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from qms.accounts import access
from qms.accounts.models import Site, User
from qms.signatures import qualified
from qms.ui.widgets import Day, offer

from . import queries


class QualifyForm(forms.Form):
    site = forms.ModelChoiceField(empty_label=None, label=_("Site"), queryset=Site.objects.none(), to_field_name="code")
    person = forms.ModelChoiceField(
        label=_("Person"), empty_label="—", queryset=User.objects.none(), to_field_name="username"
    )
    meanings = forms.MultipleChoiceField(
        label=_("May sign"), choices=qualified.MEANINGS, widget=forms.CheckboxSelectMultiple
    )
    basis = forms.CharField(
        label=_("Rests on"),
        max_length=2000,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("The training, the test, the certificate. Attach its proof to the record."),
    )
    valid_from = forms.DateField(label=_("Valid from"), widget=Day, required=False, help_text=_("Empty: today."))
    valid_to = forms.DateField(label=_("Valid to"), widget=Day)

    def __init__(self, *args: Any, site_ids: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sites = Site.objects.all() if site_ids == access.ALL else Site.objects.filter(pk__in=site_ids)
        offer(self, "site", sites)
        offer(self, "person", queries.people(sites).exclude(pk=by.pk))
