"""Is the input well formed? Nothing here saves."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from qms.accounts.providers import IdentityProvider
from qms.office.forms import ReasonForm, Secret
from qms.ui.widgets import offer

from . import queries


class ChangeForm(ReasonForm):
    field_order: tuple[str, ...] = (
        "name",
        "client_id",
        "secret",
        "acr_values",
        "ends_session",
        "creates_people",
        "reason",
    )
    name = forms.CharField(label=_("Name"), max_length=60, help_text=_("As it stands on the login page."))
    client_id = forms.CharField(label=_("Client id"), max_length=200)
    secret = Secret(label=_("Client secret"), required=False, help_text=_("Empty: the present one stays."))
    acr_values = forms.CharField(
        label=_("Asked when signing (acr)"),
        max_length=200,
        required=False,
        help_text=_(
            "Names of the provider for a strong sign-in, separated by spaces; empty: what it asks at every sign-in."
        ),
    )
    ends_session = forms.BooleanField(
        label=_("Offer to log out there too"),
        required=False,
        help_text=_("After the logout here, when the provider can."),
    )
    creates_people = forms.BooleanField(
        label=_("Make accounts at the first sign-in"),
        required=False,
        help_text=_(
            "Without any role, until an administrator has checked who it is. Off: only who is bound or invited enters."
        ),
    )


class ProviderForm(ChangeForm):
    field_order = (
        "code",
        "name",
        "issuer",
        "client_id",
        "secret",
        "acr_values",
        "ends_session",
        "creates_people",
        "reason",
    )
    code = forms.SlugField(
        label=_("Code"), max_length=24, help_text=_("Stands in addresses; never changed afterwards.")
    )
    issuer = forms.URLField(
        label=_("Issuer"),
        max_length=300,
        assume_scheme="https",
        help_text=_("Exactly as the provider names itself; its host must be in QMS_IDENTITY_TARGETS."),
    )
    secret = Secret(label=_("Client secret"), required=False, help_text=_("Empty for a public client."))


class AtProviderForm(ReasonForm):
    field_order = ("provider", "subject", "reason")
    provider = forms.ChoiceField(label=_("Identity provider"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.places = {row.code: row for row in queries.open_providers()}
        offer(self, "provider", [("", "—"), *((row.code, row.name) for row in self.places.values())])

    def clean_provider(self) -> IdentityProvider:
        return self.places[self.cleaned_data["provider"]]


class InviteForm(AtProviderForm):
    """The e-mail is the account's own."""


class BindForm(AtProviderForm):
    subject = forms.CharField(
        label=_("Subject (sub)"),
        max_length=255,
        help_text=_("The person's unchanging id at the provider; no e-mail, no name."),
    )
