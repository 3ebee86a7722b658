"""What people's and service accounts' pages share: the page itself, deactivation, one's own password."""

from functools import cached_property
from typing import Any

from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views import View

from qms.accounts import access, actions
from qms.accounts.actions import MANAGE
from qms.accounts.models import User
from qms.ui.views import ActView

from .. import queries
from ..forms import OwnPasswordForm, PinForm, ReasonForm


class AccountPage(View):
    permission = "account.view"
    template_name = ""
    kind = User.PERSON
    http_method_names = ["get", "head"]

    def more(self, account: User) -> dict[str, Any]:
        return {}

    def get(self, request: HttpRequest, username: str) -> HttpResponse:
        access.check(request.user, self.permission)
        account = queries.account(username, self.kind)
        context = {
            "account": account,
            "title": account.full_name,
            "mark": queries.ACTIVE if account.is_active else queries.INACTIVE,
            "items": queries.history(account),
            "manages": access.may(request.user, MANAGE),
            "is_self": account.pk == request.user.pk,
            **self.more(account),
        }
        return render(request, self.template_name, context)


class AccountAct(ActView):
    """An act on the account that the address names."""

    permission = MANAGE
    form_class: Any = ReasonForm
    template_name = "office/act.html"

    @cached_property
    def account(self) -> User:
        return queries.account(self.kwargs["username"])

    def more(self) -> dict[str, Any]:
        return {"account": self.account}

    def back_url(self) -> str:
        return self.account.get_absolute_url()


class Deactivate(AccountAct):
    title = submit = _("Deactivate")
    done = _("The account is deactivated.")
    help_template = "office/_deactivate_help.html"

    def perform(self, data: dict[str, Any]) -> Any:
        return actions.deactivate(user=self.account, by=self.request.user, reason=data["reason"])


class Reactivate(AccountAct):
    title = submit = _("Reactivate")
    done = _("The account is active again.")
    help_template = "office/_reactivate_help.html"

    def perform(self, data: dict[str, Any]) -> Any:
        return actions.reactivate(user=self.account, by=self.request.user, reason=data["reason"])


class OwnPassword(ActView):
    permission = access.SIGNED_IN
    form_class = OwnPasswordForm
    title = _("Choose your password")
    submit = _("Set the password")
    done = _("Your password is set.")
    help_template = "office/_own_password_help.html"
    template_name = "office/own_password.html"

    def allowed(self) -> None:
        """Everybody changes their own."""

    def perform(self, data: dict[str, Any]) -> str:
        user = actions.choose_password(user=self.request.user, current=data["current"], password=data["password"])
        update_session_auth_hash(self.request, user)
        return reverse("home")


class OwnPin(ActView):
    permission = access.SIGNED_IN
    form_class = PinForm
    title = _("Choose your PIN")
    submit = _("Set the PIN")
    done = _("Your PIN is set. It counts together with your badge.")
    help_template = "office/_own_pin_help.html"

    def allowed(self) -> None:
        """Everybody chooses their own."""

    def perform(self, data: dict[str, Any]) -> str:
        actions.choose_pin(user=self.request.user, current=data["current"], pin=data["pin"])
        return reverse("home")
