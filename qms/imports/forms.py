"""Is the input well formed? Nothing here saves."""

import zoneinfo
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from qms.accounts.models import Site
from qms.ui.widgets import offer

from . import permissions
from .choices import DateFormat, DecimalSign, Encoding, Separator


def zones() -> list[tuple[str, str]]:
    return [(name, name) for name in sorted(zoneinfo.available_timezones())]


class UploadForm(forms.Form):
    kind = forms.ChoiceField(label=_("What is imported"))
    site = forms.ChoiceField(
        label=_("Site"), help_text=_("To which the rows belong; parts and suppliers belong to all.")
    )
    source = forms.CharField(
        label=_("Name of the old system"),
        max_length=30,
        help_text=_("Small letters, digits, hyphens; for example old-qms. Always the same: rows are recognised by it."),
    )
    file = forms.FileField(label=_("File"), help_text=_("XLSX without macros, or CSV; at most 25 MB and 50,000 rows."))
    encoding = forms.ChoiceField(
        label=_("Encoding (CSV only)"),
        choices=Encoding.choices,
        help_text=_("Nothing is guessed: what does not fit is refused."),
    )
    separator = forms.ChoiceField(label=_("Separator (CSV only)"), choices=Separator.choices)
    decimal_sign = forms.ChoiceField(label=_("Decimal sign"), choices=DecimalSign.choices)
    date_format = forms.ChoiceField(label=_("Format of dates"), choices=DateFormat.choices)
    timezone = forms.ChoiceField(
        label=_("Time zone"), choices=zones, help_text=_("Of times that are written without their offset.")
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sites = {site.code: site for site in permissions.sites(user)}
        kinds = [(kind.name, kind.label) for kind in permissions.kinds(user)]
        offer(self, "kind", [("", "—"), *kinds])
        offer(self, "site", [("", "—"), *((s.code, f"{s.code} {s.name}") for s in self.sites.values())])

    def clean_site(self) -> Site:
        return self.sites[self.cleaned_data["site"]]


class RollBackForm(forms.Form):
    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea({"rows": 3}), max_length=2000)
