from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from qms.accounts import access

from .interfaces import ReasonForm

MOMENT = "%Y-%m-%dT%H:%M"


def moment(**options: Any) -> forms.DateTimeField:
    return forms.DateTimeField(widget=forms.DateTimeInput({"type": "datetime-local"}, format=MOMENT), **options)


class ExtendForm(ReasonForm):
    field_order = ("ends_at", "reason")
    ends_at = moment(label=_("To"))


class PlanForm(ReasonForm):
    field_order = ("begins_at", "ends_at", "reason", "owner")
    begins_at = moment(
        label=_("From"),
        required=False,
        help_text=_("Empty: from now on. A time in the past, a day at most: nobody had planned it."),
    )
    ends_at = moment(
        label=_("To"),
        help_text=_(
            "Until then nothing is sent to it and its silence is no alarm; what it sends is taken. The end can be changed."
        ),
    )
    owner: Any = forms.ModelChoiceField(
        label=_("Owner"), queryset=None, help_text=_("Signs off the gap report when it is over.")
    )

    def __init__(self, *args: Any, site_id: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people: Any = self.fields["owner"]
        people.queryset = access.who_may("downtime.sign", site_id).order_by("full_name")
