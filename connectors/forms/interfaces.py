from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from connectors.models import Criticality, Mode, Validation
from ncr.models import DefectCode
from qms.accounts import access
from qms.accounts.models import Site
from qms.commands.choices import Ask
from qms.masterdata.models import Unit
from qms.ui.widgets import Combobox


class NoQuestion(forms.Form):
    """A step that is confirmed by its button alone."""


class SyncForm(forms.Form):
    full = forms.BooleanField(
        label=_("Read everything"),
        required=False,
        help_text=_("Also finds what was deleted in the ERP. Without it only what changed is read."),
    )


class TrialForm(forms.Form):
    full = forms.BooleanField(
        label=_("Compare everything"),
        required=False,
        help_text=_(
            "Also shows what is gone from the ERP. Without it only what changed since the last reading is compared. Either way"
            " nothing is taken over."
        ),
    )


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea({"rows": 3}), max_length=2000)


class ModeForm(ReasonForm):
    field_order = ("mode", "reason")
    mode = forms.ChoiceField(
        label=_("Mode"),
        choices=Mode.choices,
        widget=forms.RadioSelect,
        help_text=_(
            "Off: nothing moves. Observe: messages are kept and checked but not applied, postings are prepared but not sent; both"
            " move as soon as it is live. An ERP is read and compared: what would change is shown, nothing is taken over."
            " Live: both ways."
        ),
    )


class ConfigureForm(ReasonForm):
    field_order = (
        *("purpose", "owner", "backup", "criticality", "agreement", "fallback", "validation"),
        *("sync_every", "silent_after", "escalate_after", "takes", "reason"),
    )
    purpose = forms.CharField(label=_("Purpose"), widget=forms.Textarea({"rows": 2}), max_length=1000, required=False)
    owner: Any = forms.ModelChoiceField(empty_label="—", label=_("Owner"), queryset=None, required=False)
    backup: Any = forms.ModelChoiceField(
        empty_label="—", label=_("Stands in for the owner"), queryset=None, required=False
    )
    criticality = forms.ChoiceField(label=_("Criticality"), choices=Criticality.choices, required=False)
    agreement = forms.CharField(
        label=_("Service level"), widget=forms.Textarea({"rows": 2}), max_length=1000, required=False
    )
    fallback = forms.CharField(
        label=_("Procedure when it is down"), widget=forms.Textarea({"rows": 3}), max_length=2000, required=False
    )
    validation = forms.ChoiceField(label=_("Validation"), choices=Validation.choices, required=False)
    escalate_after = forms.IntegerField(
        label=_("The next person is told after (s)"),
        min_value=60,
        max_value=7 * 24 * 3600,
        required=False,
        help_text=_(
            "Owner, who stands in, integration owners, quality managers: one after the other while it stays silent."
        ),
    )
    sync_every = forms.IntegerField(label=_("Read every (s)"), min_value=5, max_value=7 * 24 * 3600)
    silent_after = forms.IntegerField(label=_("Silence is an alarm after (s)"), min_value=10, max_value=30 * 24 * 3600)

    takes = forms.MultipleChoiceField(
        label=_("Takes commands"),
        choices=Ask.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "What this system fetches and answers. A hold counts as confirmed only when everyone that takes holds has it."
        ),
    )

    def __init__(self, *args: Any, site_id: int, is_mes: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_mes:
            del self.fields["takes"]
        for name in ("owner", "backup"):
            people: Any = self.fields[name]
            people.queryset = access.who_may("interface.operate", site_id).order_by("full_name")


class LettersForm(ReasonForm):
    """Chosen dead letters, as hidden values of a form that asks for the reason."""

    letters = forms.CharField(widget=forms.HiddenInput, max_length=200 * 60)

    def clean_letters(self) -> list[str]:
        return str(self.cleaned_data["letters"]).split()


def _choices(kind: str, sites: Any) -> list[tuple[str, str]]:
    if kind == "defect_code":
        return [(code.code, f"{code.code} {code.label}") for code in DefectCode.objects.filter(valid_to=None)]
    if kind == "unit":
        units = Unit.objects.live().order_by("number").values_list("number", "name").distinct()
        return [(number, f"{number} {name}" if name != number else number) for number, name in units]
    if kind == "site":
        mine = Site.objects.all() if sites == access.ALL else Site.objects.filter(pk__in=sites)
        return [(site.code, f"{site.code} {site.name}") for site in mine]
    return []


class CauseForm(ReasonForm):
    """A foreign name of the work list: what it means here, and why; the choices depend on what kind of name it is."""

    field_order = ("local_value", "reason")
    local_value = forms.CharField(label=_("Means here"), max_length=120)

    def __init__(self, *args: Any, kind: str, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lookups = {"item": "masterdata:item-lookup", "work_center": "masterdata:work-center-lookup"}
        if kind in lookups:
            self.fields["local_value"].widget = Combobox(url=lookups[kind])
        if choices := _choices(kind, access.site_ids(user, "interface.resolve")):
            self.fields["local_value"] = forms.ChoiceField(label=_("Means here"), choices=[("", "–"), *choices])
