from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from connectors.actions.stages import flows_of
from connectors.models import Direction, Interface, Kept, Stage
from qms.accounts import access
from qms.accounts.models import Site

from .interfaces import ReasonForm

BACK = [(stage.value, stage.label) for stage in Stage if stage != Stage.LIVE]


def _flows(interface: Interface) -> list[tuple[str, str]]:
    return [(flow.key, f"{flow.object} · {Direction(flow.direction).label}") for flow in flows_of(interface)]


def _sites(user: Any, right: str) -> Any:
    sites = access.site_ids(user, right)
    return Site.objects.all() if sites == access.ALL else Site.objects.filter(pk__in=sites)


class FlowChoice(forms.Form):
    flow = forms.ChoiceField(label=_("Flow"))

    def __init__(self, *args: Any, interface: Interface, user: Any, right: str, site: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known: Any = self.fields["flow"]
        known.choices = _flows(interface)
        sites: Any = self.fields[site]
        sites.queryset = _sites(user, right)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if flow := data.pop("flow", ""):
            data["direction"], _colon, data["object"] = flow.partition(":")
        return data


class StageForm(FlowChoice, ReasonForm):
    field_order = ("flow", "site", "stage", "reason")
    stage = forms.ChoiceField(
        label=_("Stage"),
        choices=BACK,
        widget=forms.RadioSelect,
        help_text=_(
            "Off: nothing is taken, and the sender is told to keep it. Observe: messages are kept as they came. Shadow: what they"
            " would do is computed and shown, nothing is written and nothing is sent. Live takes a go-live decision. What is kept"
            " stays kept; what was sent already goes on to its end."
        ),
    )
    site: Any = forms.ModelChoiceField(
        queryset=Site.objects.none(), label=_("Only for the site"), required=False, empty_label=_("every site")
    )


class GoLiveForm(FlowChoice):
    field_order = ("flow", "scope", "since", "note", "kept", "kept_since")
    scope: Any = forms.ModelChoiceField(
        queryset=Site.objects.none(), label=_("Only for the site"), required=False, empty_label=_("every site")
    )
    since = forms.DateTimeField(
        label=_("Compare from"), widget=forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )
    note = forms.CharField(
        label=_("What was found and why it may go live"), widget=forms.Textarea({"rows": 4}), max_length=4000
    )
    kept = forms.ChoiceField(
        label=_("What was kept"),
        choices=Kept.choices,
        widget=forms.RadioSelect,
        initial=Kept.LEAVE,
        help_text=_("What matches something that people entered or booked by hand is never applied or sent once more."),
    )
    kept_since = forms.DateTimeField(
        label=_("Kept since"),
        required=False,
        widget=forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
