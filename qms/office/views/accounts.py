"""What people's and service accounts' pages share: the page itself, and the acts that end access."""

from functools import cached_property
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views import View

from qms.accounts import access, actions
from qms.accounts.actions import MANAGE
from qms.accounts.models import User
from qms.ui.views import ActView

from .. import queries
from ..forms import EndAccessForm, ReasonForm


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


class EndAccess(AccountAct):
    """Lost telephone, badge or password, or other duties: whatever is open closes now."""

    form_class = EndAccessForm
    title = submit = _("End all access now")
    done = _("Every session, token and badge is ended. A new one-time password lets the person in again.")
    help_template = "office/_end_access_help.html"

    def perform(self, data: dict[str, Any]) -> Any:
        return actions.end_access(user=self.account, by=self.request.user, **data)


class EndCodes(AccountAct):
    title = submit = _("End one-time codes")
    done = _("The one-time codes of this person are ended.")
    help_template = "office/_end_codes_help.html"

    def perform(self, data: dict[str, Any]) -> Any:
        actions.end_codes(user=self.account, by=self.request.user, reason=data["reason"])
        return self.account
