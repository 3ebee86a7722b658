"""Service accounts and their tokens."""

from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from qms.accounts import actions
from qms.accounts.actions import MANAGE, TOKEN_LIFE
from qms.accounts.models import User
from qms.lib.clock import now
from qms.ui.views import ActView

from .. import queries
from ..forms import ServiceForm, TokenForm
from .accounts import AccountAct, AccountPage


class ServiceAccount(AccountPage):
    template_name = "office/service.html"
    kind = User.SERVICE

    def more(self, account: User) -> dict[str, Any]:
        return {"tokens": queries.tokens(account)}


class CreateServiceAccount(ActView):
    back = "office:services"
    permission = MANAGE
    form_class = ServiceForm
    title = _("New service account")
    submit = _("Create")
    done = _("The service account exists. Now issue a token.")
    help_template = "office/_service_help.html"

    def perform(self, data: dict[str, Any]) -> Any:
        purpose = data.pop("purpose")
        return actions.create_user(by=self.request.user, kind=User.SERVICE, identity=purpose, **data)


class IssueToken(AccountAct):
    form_class = TokenForm
    title = submit = _("Issue a token")
    help_template = "office/_token_help.html"
    clear = ""

    def form_kwargs(self) -> dict[str, Any]:
        return {"manager": self.request.user}

    def initial(self) -> dict[str, Any]:
        return {"expires": now().date() + TOKEN_LIFE - timedelta(days=1), **super().initial()}

    def perform(self, data: dict[str, Any]) -> Any:
        life = data.pop("expires")
        self.token, self.clear = actions.issue_token(user=self.account, life=life, by=self.request.user, **data)
        return self.account

    def finish(self, result: Any) -> HttpResponse:
        """The one answer that holds the token: no redirect carries it, nothing keeps it; a repeat shows the account."""
        super().finish(result)
        context = {"account": self.account, "token": self.token, "clear": self.clear, "title": _("Token issued")}
        answer = render(self.request, "office/token.html", context)
        answer.headers["Cache-Control"] = "no-store"
        return answer


class RevokeToken(AccountAct):
    title = submit = _("Revoke the token")
    done = _("The token is revoked.")
    help_template = "office/_revoke_help.html"

    def more(self) -> dict[str, Any]:
        return {**super().more(), "token": self.token}

    @property
    def token(self) -> Any:
        return queries.token(self.account, self.kwargs["uid"])

    def perform(self, data: dict[str, Any]) -> Any:
        actions.revoke_token(token=self.token, by=self.request.user, reason=data["reason"])
        return self.account
