"""Is the input well formed? Nothing here saves."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from qms.accounts import access
from qms.accounts.models import Site, User
from qms.ui.widgets import Day, offer

from . import queries
from .actions import access as access_acts
from .actions import periodic as periodic_acts
from .actions.trail import RIGHT
from .choices import Fitness, Follow, Look, Verdict


class Numbers(forms.CharField):
    """Record numbers parted by commas, blanks or lines."""

    def to_python(self, value: Any) -> Any:
        return (super().to_python(value) or "").replace(",", " ").replace(";", " ").split()


class PlanForm(forms.Form):
    title = forms.CharField(label=_("Title"), max_length=200)
    purpose = forms.CharField(label=_("Purpose"), widget=forms.Textarea({"rows": 2}), max_length=2000, required=False)
    from_date = forms.DateField(
        label=_("From"), widget=Day, required=False, help_text=_("Empty: from the first entry.")
    )
    to_date = forms.DateField(
        label=_("To"), widget=Day, required=False, help_text=_("Empty: up to the moment when the review begins.")
    )
    record_types = forms.MultipleChoiceField(
        label=_("Kinds of record"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen and no record named: everything of the site, accounts and settings included."),
    )
    numbers = Numbers(
        label=_("Records"), required=False, max_length=2000, help_text=_("Their numbers, parted by commas.")
    )
    looks = forms.MultipleChoiceField(
        label=_("Kinds of entries"),
        required=False,
        choices=Look.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("By risk; none chosen: every entry."),
    )
    owner = forms.ModelChoiceField(
        label=_("Planned for"), required=False, empty_label="—", queryset=User.objects.none(), to_field_name="username"
    )
    due_date = forms.DateField(label=_("Due"), widget=Day, required=False)

    def __init__(self, *args: Any, site_ids: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "record_types", queries.offered(None))
        only = next(iter(site_ids)) if site_ids != access.ALL and len(site_ids) == 1 else None
        offer(self, "owner", access.who_may(RIGHT, only).order_by("full_name"))


class CreateForm(PlanForm):
    site = forms.ModelChoiceField(empty_label=None, label=_("Site"), queryset=Site.objects.none(), to_field_name="code")
    field_order = ("title", "site")

    def __init__(self, *args: Any, site_ids: Any, **kwargs: Any) -> None:
        super().__init__(*args, site_ids=site_ids, **kwargs)
        offer(self, "site", Site.objects.all() if site_ids == access.ALL else Site.objects.filter(pk__in=site_ids))


class MarkForm(forms.Form):
    entry = forms.IntegerField(label=_("Entry number"), min_value=1)
    why = forms.CharField(label=_("What is wrong"), widget=forms.Textarea({"rows": 3}), max_length=2000)
    follow = forms.ChoiceField(label=_("What follows"), choices=Follow.choices)
    note = forms.CharField(label=_("Note"), widget=forms.Textarea({"rows": 2}), max_length=2000, required=False)
    record = forms.CharField(
        label=_("Record that follows"),
        max_length=24,
        required=False,
        help_text=_("The number of the nonconformance that was opened for it, where there is one."),
    )


class WithdrawForm(forms.Form):
    entry = forms.IntegerField(label=_("Entry number"), min_value=1)
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea({"rows": 3}), max_length=2000)


class RuleForm(forms.Form):
    closure_needs_review = forms.BooleanField(label=_("Closure needs an audit-trail review"), required=False)
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea({"rows": 3}), max_length=2000)


class AccessPlanForm(forms.Form):
    title = forms.CharField(label=_("Title"), max_length=200)
    site = forms.ModelChoiceField(empty_label=None, label=_("Site"), queryset=Site.objects.none(), to_field_name="code")
    every_site = forms.BooleanField(
        label=_("All sites"), required=False, help_text=_("Every role and token of every site in one review.")
    )
    owner = forms.ModelChoiceField(
        label=_("Planned for"), required=False, empty_label="—", queryset=User.objects.none(), to_field_name="username"
    )
    due_date = forms.DateField(
        label=_("Due"), widget=Day, required=False, help_text=_("Empty: the end of the site's interval.")
    )

    def __init__(self, *args: Any, site_ids: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "site", Site.objects.all() if site_ids == access.ALL else Site.objects.filter(pk__in=site_ids))
        offer(self, "owner", access.who_may(access_acts.RIGHT).order_by("full_name"))


class DecideForm(forms.Form):
    """Two fields for each line that is open to this person; lines left empty stay undecided."""

    def __init__(self, *args: Any, lines: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.keys = [str(line.pk) for line in lines]
        for line in lines:
            self.fields[f"verdict-{line.pk}"] = forms.ChoiceField(
                label=_("Decision"), choices=[("", "—"), *Verdict.choices], required=False
            )
            self.fields[f"why-{line.pk}"] = forms.CharField(label=_("Reason"), max_length=500, required=False)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        said = {
            key: {"verdict": given.get(f"verdict-{key}", ""), "why": given.get(f"why-{key}", "")} for key in self.keys
        }
        return {"lines": {key: values for key, values in said.items() if values["verdict"]}}


class IntervalForm(forms.Form):
    months = forms.IntegerField(label=_("Months between reviews of access"), min_value=1, max_value=36)
    system_months = forms.IntegerField(
        label=_("Months between periodic reviews of the system"), min_value=1, max_value=36
    )
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea({"rows": 3}), max_length=2000)


class PeriodicForm(forms.Form):
    title = forms.CharField(label=_("Title"), max_length=200)
    site = forms.ModelChoiceField(empty_label=None, label=_("Site"), queryset=Site.objects.none(), to_field_name="code")
    every_site = forms.BooleanField(label=_("All sites"), required=False)
    from_date = forms.DateField(label=_("From"), widget=Day)
    to_date = forms.DateField(label=_("To"), widget=Day)
    owner = forms.ModelChoiceField(
        label=_("Planned for"), required=False, empty_label="—", queryset=User.objects.none(), to_field_name="username"
    )
    due_date = forms.DateField(label=_("Due"), widget=Day, required=False)

    def __init__(self, *args: Any, site_ids: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "site", Site.objects.all() if site_ids == access.ALL else Site.objects.filter(pk__in=site_ids))
        offer(self, "owner", access.who_may(periodic_acts.RIGHT).order_by("full_name"))


class JudgeForm(forms.Form):
    verdict = forms.ChoiceField(label=_("Judgement"), choices=Fitness.choices, widget=forms.RadioSelect)
    conclusion = forms.CharField(
        label=_("Conclusion"),
        widget=forms.Textarea({"rows": 6}),
        max_length=5000,
        help_text=_("What you looked at, what follows and who does it; restore drills on other machines."),
    )
