"""Identity providers, and who is who there."""

from functools import cached_property
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from connectors.forms import NoQuestion
from qms.accounts import access
from qms.accounts import actions as accounts
from qms.accounts.actions.identities import RIGHT
from qms.accounts.providers import Identity, IdentityProvider
from qms.journal import queries as trail
from qms.office.forms import ReasonForm
from qms.office.views.accounts import AccountAct
from qms.ui.views import ActView

from .. import actions, queries
from ..forms import BindForm, ChangeForm, InviteForm, ProviderForm
from ..tables import STATES, state_of


class Provider(View):
    permission = "account.view"
    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, code: str) -> HttpResponse:
        access.check(request.user, self.permission)
        row = get_object_or_404(IdentityProvider.objects.visible_to(request.user), code=code)
        known = queries.state(row)
        yes = {True: _("Yes"), False: _("No")}
        context = {
            "provider": row,
            "title": row.name,
            "state": state_of(row),
            "states": STATES,
            "manages": not row.retired_at and access.may(request.user, RIGHT),
            "people": queries.people(row),
            "items": trail.timeline(row),
            "facts": [
                (_("Issuer"), row.issuer),
                (_("Client id"), row.client_id),
                (_("Client secret"), _("Kept sealed") if row.secret else _("None")),
                (_("Address for its answers"), queries.callback(row)),
                (_("Asked when signing (acr)"), row.acr_values or _("None")),
                (_("Offers to log out there too"), yes[row.ends_session]),
                (_("Makes accounts"), yes[row.creates_people]),
                (_("Read last"), known.read_at if known else _("Never")),
            ],
        }
        return render(request, "identity/provider.html", context)


class CreateProvider(ActView):
    back = "identity:providers"
    permission = RIGHT
    form_class = ProviderForm
    title = gettext_lazy("New identity provider")
    submit = gettext_lazy("Set up")
    done = gettext_lazy("The provider stands on the login page. Now bind or invite people.")
    help_template = "identity/_provider_help.html"

    def perform(self, data: dict[str, Any]) -> Any:
        return actions.set_up(by=self.request.user, **data)


class ProviderAct(ActView):
    permission = RIGHT
    form_class: Any = ReasonForm

    @cached_property
    def provider(self) -> IdentityProvider:
        return get_object_or_404(IdentityProvider.objects.visible_to(self.request.user), code=self.kwargs["code"])

    def back_url(self) -> str:
        return self.provider.get_absolute_url()


class ChangeProvider(ProviderAct):
    form_class = ChangeForm
    title = gettext_lazy("Change the identity provider")
    done = gettext_lazy("The provider is changed.")
    help_template = "identity/_provider_help.html"

    def initial(self) -> dict[str, Any]:
        names = ("name", "client_id", "acr_values", "ends_session", "creates_people")
        return {name: getattr(self.provider, name) for name in names}

    def perform(self, data: dict[str, Any]) -> Any:
        return accounts.change_provider(provider=self.provider, by=self.request.user, **data)


class RetireProvider(ProviderAct):
    title = submit = gettext_lazy("Retire the identity provider")
    done = gettext_lazy("Nobody enters by this provider any more.")

    def perform(self, data: dict[str, Any]) -> Any:
        return accounts.retire_provider(provider=self.provider, by=self.request.user, reason=data["reason"])


class TryProvider(ProviderAct):
    form_class = NoQuestion
    title = submit = gettext_lazy("Try the connection")

    def perform(self, data: dict[str, Any]) -> Any:
        actions.try_issuer(self.provider.issuer)
        messages.success(
            self.request, _("%(provider)s answers, and names itself as it should.") % {"provider": self.provider}
        )
        return self.provider


class Invite(AccountAct):
    permission = RIGHT
    form_class = InviteForm
    title = submit = gettext_lazy("Invite to sign in at a provider")
    done = gettext_lazy("Invited for a week. The first sign-in with this e-mail binds the person.")
    help_template = "identity/_bind_help.html"

    def perform(self, data: dict[str, Any]) -> Any:
        accounts.invite(user=self.account, by=self.request.user, **data)
        return self.account


class Bind(AccountAct):
    permission = RIGHT
    form_class = BindForm
    title = submit = gettext_lazy("Bind to an identity provider")
    done = gettext_lazy("The person can sign in there.")
    help_template = "identity/_bind_help.html"

    def perform(self, data: dict[str, Any]) -> Any:
        accounts.bind(user=self.account, by=self.request.user, **data)
        return self.account


class Unbind(AccountAct):
    permission = RIGHT
    title = submit = gettext_lazy("End the sign-in at the provider")
    done = gettext_lazy("The provider opens this account no longer.")
    help_template = "identity/_bind_help.html"

    @cached_property
    def identity(self) -> Identity:
        return queries.open_identity(self.account)

    def allowed(self) -> None:
        super().allowed()
        _found = self.identity

    def perform(self, data: dict[str, Any]) -> Any:
        accounts.unbind(identity=self.identity, by=self.request.user, reason=data["reason"])
        return self.account


class PasswordOff(AccountAct):
    permission = RIGHT
    title = submit = gettext_lazy("Switch the password off")
    done = gettext_lazy("The identity provider alone opens this account.")
    help_template = "identity/_password_off_help.html"

    def perform(self, data: dict[str, Any]) -> Any:
        return accounts.switch_password_off(user=self.account, by=self.request.user, reason=data["reason"])
