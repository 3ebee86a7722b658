"""Gauges."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from qms.accounts import access
from qms.accounts.models import Site, User
from qms.ui.causes import CauseField
from qms.ui.widgets import Day, Quantity, offer

from ..actions import LEAD, RIGHT
from .calibrations import Points


class Measure(forms.DecimalField):
    """A length, force, … with dot or comma as the decimal sign, at most six places."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=20, decimal_places=6, required=False, widget=Quantity, **options)


class GaugeForm(forms.Form):
    asset = forms.CharField(label=_("Asset number"), max_length=60, help_text=_("The number that stands on the gauge."))
    description = forms.CharField(label=_("Description"), max_length=200)
    kind = forms.CharField(
        label=_("Kind of gauge"),
        max_length=60,
        required=False,
        help_text=_("For example caliper, micrometer, plug gauge."),
    )
    serial_number = forms.CharField(label=_("Serial number"), max_length=80, required=False)
    range_from = Measure(label=_("Range from"))
    range_to = Measure(label=_("Range to"))
    resolution = Measure(label=_("Resolution"))
    unit = forms.CharField(label=_("Unit"), max_length=40, required=False, help_text=_("For example mm."))
    location = forms.CharField(label=_("Location"), max_length=120, required=False)
    keeper: Any = forms.ModelChoiceField(
        User.objects.none(), label=_("Keeper"), to_field_name="username", empty_label="—", required=False,
        help_text=_("Is told when the gauge is to be brought to calibration."),
    )  # fmt: skip
    recall_days = forms.IntegerField(
        label=_("Recalled days before it is due"), min_value=1, max_value=180, initial=LEAD, required=False
    )
    calibrated_date = forms.DateField(label=_("Calibrated on"), required=False, widget=Day)
    due_date = forms.DateField(label=_("Calibration due"), required=False, widget=Day)
    interval_months = forms.IntegerField(
        label=_("Calibration interval in months"), min_value=1, max_value=120, required=False
    )
    check_points = Points(
        names=("nominal", "tolerance"),
        label=_("Check points"),
        required=False,
        help_text=_("One a line: nominal and permissible error, in the unit of the gauge."),
    )

    def __init__(self, *args: Any, site: Site | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "keeper", access.who_may("gauge.view", site.pk if site else None).order_by("full_name"))

    def clean_recall_days(self) -> int:
        return self.cleaned_data["recall_days"] or LEAD


class RegisterForm(GaugeForm):
    site = forms.ModelChoiceField(empty_label="—", label=_("Site"), queryset=Site.objects.none(), to_field_name="code")
    field_order = ("site",)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        held = access.site_ids(user, RIGHT)
        sites = Site.objects.all() if held == access.ALL else Site.objects.filter(pk__in=held)
        offer(self, "site", sites)


class EditForm(GaugeForm):
    cause = CauseField()
    reason = forms.CharField(label=_("Reason for the change"), widget=forms.Textarea({"rows": 2}), max_length=2000)
