"""Is the input well formed? Nothing here saves."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ncr.choices import Severity
from ncr.models import DefectCode
from qms.accounts import access
from qms.accounts.models import Site
from qms.ui.widgets import Day, offer

from .choices import DEFAULT_KEYS, Does, Hears, Key, Mode
from .models import Stop

ANY = _("Empty: any. * stands for any text.")


def sites(ids: Any) -> Any:
    return Site.objects.all() if ids == access.ALL else Site.objects.filter(pk__in=ids)


def text(label: Any, **options: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=120, required=False, **{"help_text": ANY, **options})


class RuleForm(forms.Form):
    title = forms.CharField(label=_("Title"), max_length=200)
    note = forms.CharField(label=_("Why it is needed"), widget=forms.Textarea({"rows": 2}), max_length=2000)
    hears = forms.ChoiceField(label=_("Hears"), choices=Hears.choices)
    source = forms.CharField(
        label=_("Source"), max_length=80, required=False, help_text=_("Code of the interface. Empty: any.")
    )
    part = text(_("Part"))
    family = text(_("Part family"))
    watched = text(_("Code or characteristic"))
    work_center = text(_("Work center"))
    severity = forms.ChoiceField(label=_("Severity at least"), required=False, choices=[("", "–"), *Severity.choices])
    group_by = forms.MultipleChoiceField(
        label=_("One case per"),
        choices=Key.choices,
        widget=forms.CheckboxSelectMultiple,
        initial=DEFAULT_KEYS,
        required=False,
    )
    window_minutes = forms.IntegerField(
        label=_("Joined while the gap is under (min)"), initial=60, min_value=1, max_value=10080
    )
    least_hits = forms.IntegerField(label=_("From so many hits"), initial=1, min_value=1, max_value=1000)
    does = forms.ChoiceField(
        label=_("Does"),
        choices=Does.choices,
        help_text=_(
            "A scrap posting is no choice: scrap follows from a disposition that the board has signed, never from a rule."
        ),
    )
    mode = forms.ChoiceField(
        label=_("Mode"),
        choices=Mode.choices,
        initial=Mode.SUGGEST,
        help_text=_("A supplier block is never automatic: the rule proposes it, and two persons put it in force."),
    )
    defect_code = forms.ModelChoiceField(
        label=_("Defect code of the nonconformance"),
        queryset=DefectCode.objects.none(),
        to_field_name="code",
        required=False,
        help_text=_("Empty: the code that was told."),
    )
    burst_per_hour = forms.IntegerField(
        label=_("Pauses over so many cases an hour"), initial=10, min_value=1, max_value=10000
    )
    acts_per_hour = forms.IntegerField(label=_("Acts per hour at most"), initial=5, min_value=0, max_value=1000)
    quantity_per_hour = forms.DecimalField(
        label=_("Quantity per hour at most"), required=False, min_value=0, max_digits=20, decimal_places=6
    )
    value_per_hour = forms.DecimalField(
        label=_("Value per hour at most"), required=False, min_value=0, max_digits=20, decimal_places=2
    )
    expires_on = forms.DateField(label=_("Expires on"), widget=Day)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "defect_code", DefectCode.objects.all().order_by("code"))


class DraftForm(RuleForm):
    site = forms.ModelChoiceField(empty_label=None, label=_("Site"), queryset=Site.objects.none(), to_field_name="code")
    code = forms.RegexField(
        r"^[A-Z0-9-]{2,40}$", label=_("Code"), help_text=_("Capital letters, digits and dashes; its name for ever.")
    )

    field_order = ("site", "code")

    def __init__(self, *args: Any, site_ids: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "site", sites(site_ids))


class TryForm(forms.Form):
    days = forms.IntegerField(label=_("Days"), initial=30, min_value=1, max_value=400)


def reason() -> forms.CharField:
    return forms.CharField(label=_("Reason"), widget=forms.Textarea({"rows": 3}), max_length=2000)


class StopForm(forms.Form):
    site = forms.ModelChoiceField(empty_label=None, label=_("Site"), queryset=Site.objects.none(), to_field_name="code")
    source = forms.CharField(
        label=_("Source"),
        max_length=80,
        required=False,
        help_text=_("Code of the interface. Empty: everything at the site."),
    )
    reason = reason()

    def __init__(self, *args: Any, site_ids: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "site", sites(site_ids))


class ResumeForm(forms.Form):
    stop = forms.ModelChoiceField(empty_label=None, label=_("Stop"), queryset=Stop.objects.none())
    reason = reason()

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "stop", access.visible_to(Stop.objects.standing(), user, "automation.resume"))
