"""What foreign names mean, merged, split, spelt."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from connectors.models import Interface
from qms.accounts.models import Site
from qms.masterdata.models import SPELT, Crosswalk, CrosswalkKind, Normalisation
from qms.ui.widgets import Moment

from .interfaces import ReasonForm

SINCE = _("Empty: always, also for messages that came before and still wait.")


class SourceForm(ReasonForm):
    source = forms.ChoiceField(label=_("Source"))
    kind = forms.ChoiceField(label=_("Kind"), choices=CrosswalkKind.choices)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        codes = set(Interface.objects.visible_to(user).values_list("code", flat=True))
        codes |= set(Crosswalk.objects.visible_to(user).order_by().values_list("source", flat=True).distinct())
        known: Any = self.fields["source"]
        known.choices = [(code, code) for code in sorted(codes)]


class EntryForm(SourceForm):
    field_order = ("source", "kind", "foreign_value", "local_value", "revision", "site", "since", "reason")
    foreign_value = forms.CharField(label=_("Name there"), max_length=120)
    local_value = forms.CharField(label=_("Name here"), max_length=120)
    revision = forms.CharField(label=_("Only for the revision"), max_length=40, required=False)
    site: Any = forms.ModelChoiceField(
        label=_("Only for the site"), queryset=Site.objects.all(), required=False, to_field_name="code"
    )
    since = forms.DateTimeField(label=_("Since"), required=False, widget=Moment(), help_text=SINCE)


class MergeForm(SourceForm):
    field_order = ("source", "kind", "names", "local_value", "since", "reason")
    names = forms.CharField(
        label=_("Names there"),
        widget=forms.Textarea({"rows": 4}),
        max_length=12_000,
        help_text=_("One a line, at least two: from now on they are one of ours."),
    )
    local_value = forms.CharField(label=_("Name here"), max_length=120)
    since = forms.DateTimeField(label=_("Since"), required=False, widget=Moment(), help_text=SINCE)

    def clean_names(self) -> list[str]:
        return [line.strip() for line in self.cleaned_data["names"].splitlines() if line.strip()]


class SplitForm(SourceForm):
    field_order = ("source", "kind", "foreign_value", "reason")
    foreign_value = forms.CharField(label=_("Name there"), max_length=120)


class PartForm(forms.Form):
    local_value = forms.CharField(label=_("Name here"), max_length=120)
    revision = forms.CharField(label=_("For the revision"), max_length=40, required=False)
    site: Any = forms.ModelChoiceField(
        label=_("For the site"), queryset=Site.objects.all(), required=False, to_field_name="code"
    )
    since = forms.DateTimeField(label=_("Since"), required=False, widget=Moment())


PartSet = forms.formset_factory(PartForm, extra=3, can_delete=True, max_num=20, validate_max=True)


class SpellingForm(SourceForm):
    kind = forms.ChoiceField(
        label=_("Kind"), choices=[(code, label) for code, label in CrosswalkKind.choices if code in SPELT]
    )
    field_order = ("source", "kind", *Normalisation.RULES, "examples", "reason")
    trims = forms.BooleanField(label=_("Without spaces at both ends"), required=False, initial=True)
    takes_prefix = forms.CharField(label=_("Without the prefix"), max_length=20, required=False, strip=False)
    drops = forms.CharField(
        label=_("Without these characters"), max_length=20, required=False, strip=False, help_text=_("Such as: -/. ")
    )
    drops_zeros = forms.BooleanField(label=_("Without leading zeros"), required=False)
    uppers = forms.BooleanField(label=_("In capitals"), required=False)
    puts_prefix = forms.CharField(label=_("With the prefix"), max_length=20, required=False, strip=False)
    examples = forms.CharField(
        label=_("Examples"),
        widget=forms.Textarea({"rows": 5}),
        max_length=20_000,
        strip=False,
        help_text=_("One a line: name as sent => name as it must be looked up. All must come out before it is used."),
    )

    def clean_examples(self) -> list[dict[str, str]]:
        found = []
        for line in self.cleaned_data["examples"].splitlines():
            given, arrow, expect = line.rpartition("=>")
            if line.strip() and (not arrow or not given or not expect.strip()):
                raise forms.ValidationError(
                    _t("Write “name as sent => name as looked up”: %(line)s"), params={"line": line}
                )
            if line.strip():
                found.append({"given": given.removesuffix(" "), "expect": expect.strip()})
        return found
