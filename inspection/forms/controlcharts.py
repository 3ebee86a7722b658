"""What a control chart is told: of what, its rules, the stretch of its limits, the end of a signal."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from qms.accounts import access
from qms.accounts.models import Site
from qms.masterdata.models import Item
from qms.ui.widgets import Combobox, offer

from ..calc.spc.rules import RULES
from ..choices import ChartSource, ControlKind
from ..models.controlcharts import COUNTS
from ..workflow import MANAGE_CHART
from .charts import LARGEST_GROUP, named

MOST_POINTS = 1_000_000


def decimal(label: Any, start: str, **options: Any) -> forms.DecimalField:
    return forms.DecimalField(label=label, max_digits=5, decimal_places=3, initial=start, required=False, **options)


class ControlForm(forms.Form):
    """What may be changed later, too."""

    rules = forms.MultipleChoiceField(
        label=_("Rules"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Two or three of them: each further one brings more false alarms."),
    )
    weight = decimal(
        _("Weight of EWMA"), "0.2", min_value=0, max_value=1, help_text=_("Other kinds of chart heed it not.")
    )
    width = decimal(_("Width of EWMA in sigmas"), "3", min_value=0)
    allowance = decimal(_("Allowance k of CUSUM in sigmas"), "0.5", min_value=0)
    interval = decimal(_("Decision interval h of CUSUM in sigmas"), "5", min_value=0)
    reaction = forms.CharField(
        label=_("Reaction plan"),
        widget=forms.Textarea({"rows": 4}),
        max_length=4000,
        required=False,
        help_text=_("What is done when a point breaks a rule: stop, sort, adjust, tell whom."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["rules"]
        field.choices = [(rule.code, named(rule)) for rule in RULES.values()]
        field.initial = ["1", "2"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        names = ("weight", "width", "allowance", "interval")
        return {name: value for name, value in data.items() if name not in names or value is not None}


class OpenSeriesForm(ControlForm):
    """Of a measured characteristic."""

    kind = forms.ChoiceField(
        label=_("Control chart"), choices=[one for one in ControlKind.choices if one[0] not in COUNTS]
    )
    size = forms.IntegerField(
        label=_("Values in a subgroup"),
        min_value=2,
        max_value=LARGEST_GROUP,
        initial=5,
        help_text=_("As they follow one another in time; single values have none."),
    )
    field_order: Any = ("kind", "size")


class OpenChartForm(OpenSeriesForm):
    """Of what inspections found."""

    site = forms.ModelChoiceField(empty_label="—", label=_("Site"), queryset=Site.objects.none(), to_field_name="code")
    source = forms.ChoiceField(
        label=_("Values from"), choices=[one for one in ChartSource.choices if one[0] != ChartSource.MEASUREMENTS]
    )
    item = forms.CharField(label=_("Part"), widget=Combobox(url="masterdata:item-lookup"))
    characteristic = forms.CharField(
        label=_("Characteristic"),
        max_length=120,
        required=False,
        help_text=_("As the inspection plan names it; empty counts all characteristics of a lot."),
    )
    field_order = ("site", "source", "item", "characteristic", "kind", "size")

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        field: Any = self.fields["kind"]
        field.choices = ControlKind.choices
        held = access.site_ids(user, MANAGE_CHART)
        sites = Site.objects.all() if held == access.ALL else Site.objects.filter(pk__in=held)
        offer(self, "site", sites)

    def clean_item(self) -> Item:
        rows: Any = Item.objects.visible_to(self.user).live().filter(number=self.cleaned_data["item"])
        found = list(rows[:2])
        if len(found) != 1:
            raise ValidationError(_now("Choose a part from the master data."))
        item: Item = found[0]
        return item


class EditChartForm(ControlForm):
    reason = forms.CharField(label=_("Reason for the change"), widget=forms.Textarea({"rows": 2}), max_length=2000)


class LeftOut(forms.CharField):
    """One point a line: its number, then the reason."""

    def clean(self, value: Any) -> Any:
        found = []
        for line in str(super().clean(value) or "").splitlines():
            if not line.strip():
                continue
            said = re.match(r"\s*#?(\d{1,7})[\s:,;.，；：]+(\S.*)\Z", line)
            if said is None:
                raise ValidationError(
                    _now("“%(line)s” is no point with its reason: write its number, a blank, and the reason.")
                    % {"line": line}
                )
            found.append({"place": int(said[1]), "reason": said[2].strip()})
        return found


class FreezeForm(forms.Form):
    first = forms.IntegerField(label=_("Limits from point"), min_value=1, max_value=MOST_POINTS)
    last = forms.IntegerField(label=_("to point"), min_value=2, max_value=MOST_POINTS)
    excluded = LeftOut(
        label=_("Points left out"),
        widget=forms.Textarea({"rows": 3}),
        max_length=10000,
        required=False,
        help_text=_("One a line: the number of the point and its assignable cause, for example “17 tool broke”."),
    )
    reason = forms.CharField(
        label=_("Reason"),
        widget=forms.Textarea({"rows": 3}),
        max_length=2000,
        help_text=_("Why these limits hold from now on."),
    )


class CloseSignalForm(forms.Form):
    cause = forms.CharField(
        label=_("Assignable cause"),
        widget=forms.Textarea({"rows": 3}),
        max_length=4000,
        help_text=_("What was different; say so as well where nothing was found."),
    )
    reaction = forms.CharField(label=_("Reaction taken"), widget=forms.Textarea({"rows": 3}), max_length=4000)
    reason = forms.CharField(label=_("Reason for closing"), widget=forms.Textarea({"rows": 2}), max_length=2000)
    others = forms.MultipleChoiceField(
        label=_("Close these open signals of the chart with the same words"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Only where one cause explains them all."),
    )

    def __init__(self, *args: Any, others: Any = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(str(one.uid), f"#{one.place}, {one.rule}: {_now(RULES[one.rule].label)}") for one in others]
        if choices:
            self.fields["others"].choices = choices  # type: ignore[attr-defined]
        else:
            del self.fields["others"]
