from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from connectors.models import Direction

from .interfaces import ReasonForm


class FlowForm(ReasonForm):
    field_order = ("object", "direction", "every", "grace", "in_plant_hours", "reason")
    object = forms.CharField(
        label=_("Object or type of message"),
        max_length=80,
        help_text=_("Such as items or lots of an ERP, mes.defect.logged of a MES, postings for what goes out."),
    )
    direction = forms.ChoiceField(
        label=_("Direction"), choices=Direction.choices, widget=forms.RadioSelect, initial="in"
    )
    every = forms.IntegerField(
        label=_("At least one in (s)"),
        min_value=10,
        max_value=30 * 24 * 3600,
        required=False,
        help_text=_("Empty: only what is learned counts."),
    )
    grace = forms.IntegerField(label=_("Grace (s)"), min_value=0, max_value=24 * 3600, initial=60)
    in_plant_hours = forms.BooleanField(
        label=_("Count only the plant's working time"), required=False, initial=True,
        help_text=_("By the calendar of the site: its shifts and days off."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = True
