"""What a control chart shows; asked by the address, so that a chart can be sent as a link."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..calc.spc.rules import NELSON, WESTERN, Rule
from ..choices import ChartKind
from ..queries import charts

LARGEST_GROUP, MOST_BESIDE = 25, 4
START: dict[str, list[str | bytes]] = {
    "kind": [ChartKind.I_MR.value],
    "size": ["5"],
    "latest": ["200"],
    "first": ["1"],
    "rules": ["1", "2"],
}


def named(rule: Rule) -> str:
    return f"{rule.code}: {gettext(rule.label)}. {gettext(rule.convention)}"


def told(series: Any) -> str:
    """A parameter by its machine or part, its name and its unit."""
    unit = series.unit or series.unit_name
    return f"{series}, {unit}" if unit else str(series)


class ChartForm(forms.Form):
    kind = forms.ChoiceField(label=_("Control chart"), choices=ChartKind.choices)
    size = forms.IntegerField(
        label=_("Values in a subgroup"),
        min_value=2,
        max_value=LARGEST_GROUP,
        help_text=_("As they follow one another in time; single values have none."),
    )
    latest = forms.IntegerField(label=_("Latest values"), min_value=2, max_value=charts.MOST)
    first = forms.IntegerField(label=_("Limits from point"), min_value=1, max_value=charts.MOST)
    last = forms.IntegerField(
        label=_("to point"),
        min_value=2,
        max_value=charts.MOST,
        required=False,
        help_text=_("Empty: to the end. Every point is judged by these limits."),
    )
    rules = forms.MultipleChoiceField(
        label=_("Rules"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Two or three of them: each further one brings more false alarms."),
    )

    beside = forms.MultipleChoiceField(
        label=_("Process parameters beside it"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("What the machine told when each point was measured, at most an hour before; up to four."),
    )

    def __init__(self, *args: Any, beside: Any = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(str(one.uid), told(one)) for one in beside]
        if choices:
            self.fields["beside"].choices = choices  # type: ignore[attr-defined]  # a MultipleChoiceField
        else:
            del self.fields["beside"]
        field: Any = self.fields["rules"]
        field.choices = [(rule.code, named(rule)) for rule in (*NELSON.values(), *WESTERN.values())]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        first, last = data.get("first"), data.get("last")
        if len(data.get("beside", ())) > MOST_BESIDE:
            self.add_error("beside", ValidationError(gettext("Choose at most four of them.")))
        if first and last and last <= first:
            self.add_error("last", ValidationError(gettext("The stretch ends after it begins.")))
        return data
