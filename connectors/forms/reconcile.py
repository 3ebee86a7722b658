from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from connectors.models import Interface, Resolution
from qms.accounts import access

from .interfaces import ReasonForm

CHOICES = [(value, label) for value, label in Resolution.choices if value != Resolution.VANISHED]


class ResolveForm(ReasonForm):
    field_order = ("resolution", "reason")
    resolution = forms.ChoiceField(
        label=_("How it is resolved"),
        choices=CHOICES,
        widget=forms.RadioSelect,
        help_text=_(
            "Theirs: the record is read again now. Ours: a posting that the other system has lost is sent again under its"
            " reference. Corrected: somebody has mended it over there. Accepted: it stays so, as long as it is the same."
            " Whatever the next reconciliation sees again is reopened."
        ),
    )


class AssignForm(forms.Form):
    to: Any = forms.ModelChoiceField(label=_("Assigned to"), queryset=None)

    def __init__(self, *args: Any, site_id: int | None = None, right: str = "interface.resolve", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people: Any = self.fields["to"]
        people.queryset = access.who_may(right, site_id).order_by("full_name")


class PrepareForm(forms.Form):
    interface: Any = forms.ModelChoiceField(label=_("Interface"), queryset=None)
    day = forms.DateField(label=_("Day"), widget=forms.DateInput({"type": "date"}))

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known: Any = self.fields["interface"]
        known.queryset = Interface.objects.visible_to(user).exclude(reconciliations=None).order_by("code")
