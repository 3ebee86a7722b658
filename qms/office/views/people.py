"""People: who they are, what they were granted, and the acts of whoever manages accounts."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from qms.accounts import access, actions
from qms.accounts.actions import MANAGE
from qms.accounts.models import User
from qms.accounts.roles import ROLES
from qms.lib.clock import now
from qms.signatures import queries as signatures
from qms.ui.views import ActView

from .. import queries
from ..forms import BadgeForm, GrantForm, PasswordForm, PersonForm
from .accounts import AccountAct, AccountPage


class Person(AccountPage):
    template_name = "office/person.html"

    def more(self, account: User) -> dict[str, Any]:
        agreed, held = signatures.agreed(account), queries.identity(account)
        return {
            "identity": held,
            "has_password": account.has_usable_password(),
            "has_code": account.has_code(),
            "grants": queries.grants(account),
            "badges": queries.badges(account),
            "facts": [
                (_("User id"), account.username),
                (_("Printed name"), account.full_name),
                (_("E-mail"), account.email),
                (_("Language"), account.get_language_display()),
                (_("Time zone"), account.timezone),
                (_("Password"), _password(account)),
                (_("Identity provider"), at_provider(held)),
                (_("One-time codes"), _("Enrolled") if account.has_code() else _("None")),
                (_("Agreed to electronic signatures"), agreed.agreed_at if agreed else _("Not yet: cannot sign")),
                (_("PIN"), _("Chosen") if account.pin else _("None")),
            ],
        }


def _password(account: User) -> Any:
    if not account.has_usable_password():
        return _("None")
    return _("One-time, not yet replaced") if account.password_given else _("Their own")


def at_provider(held: Any) -> Any:
    """Bound, invited, or neither."""
    if held is None:
        return _("None")
    if held.subject:
        return f"{held.provider.name}: {held.subject}"
    told = _("%(provider)s: invited until %(day)s")
    return told % {"provider": held.provider.name, "day": held.invited_until.date().isoformat()}


class CreatePerson(ActView):
    back = "office:people"
    permission = MANAGE
    form_class = PersonForm
    title = _("New person")
    submit = _("Create")
    done = _("The person can log in. Now grant a role.")
    help_template = "office/_person_help.html"
    fieldsets = (
        (_("Who"), ("username", "full_name", "email", "identity")),
        (_("How the program speaks to them"), ("language", "timezone")),
        (_("First login"), ("password",)),
    )

    def initial(self) -> dict[str, Any]:
        return {"language": "en", "timezone": self.request.user.timezone, **super().initial()}

    def perform(self, data: dict[str, Any]) -> Any:
        return actions.create_user(by=self.request.user, password_given=True, **data)


class SetPassword(AccountAct):
    form_class = PasswordForm
    title = submit = _("Set a one-time password")
    done = _("The one-time password is set. Give it to the person yourself.")
    help_template = "office/_password_help.html"

    def perform(self, data: dict[str, Any]) -> Any:
        return actions.set_password(user=self.account, by=self.request.user, **data)


class GrantRole(AccountAct):
    form_class = GrantForm
    title = submit = _("Grant a role")
    done = _("The role is granted.")
    help_template = "office/_grant_help.html"

    def form_kwargs(self) -> dict[str, Any]:
        return {"manager": self.request.user}

    def initial(self) -> dict[str, Any]:
        return {"since": now().date(), **super().initial()}

    def perform(self, data: dict[str, Any]) -> Any:
        actions.grant(user=self.account, by=self.request.user, **data)
        return self.account


class EndGrant(AccountAct):
    title = submit = _("End a role")
    done = _("The role is ended.")
    help_template = "office/_end_grant_help.html"

    def more(self) -> dict[str, Any]:
        return {**super().more(), "grant": self.grant}

    @property
    def grant(self) -> Any:
        return queries.grant(self.account, self.kwargs["grant"])

    def perform(self, data: dict[str, Any]) -> Any:
        actions.end_grant(grant=self.grant, by=self.request.user, reason=data["reason"])
        return self.account


class IssueBadge(AccountAct):
    form_class = BadgeForm
    title = submit = _("Issue a badge")
    done = _("The badge is issued. The person chooses the PIN.")
    help_template = "office/_badge_help.html"

    def perform(self, data: dict[str, Any]) -> Any:
        actions.issue_badge(user=self.account, by=self.request.user, **data)
        return self.account


class EndBadge(AccountAct):
    title = submit = _("End the badge")
    done = _("The badge opens nothing any more.")
    help_template = "office/_end_badge_help.html"

    @property
    def badge(self) -> Any:
        return queries.badge(self.account, self.kwargs["badge"])

    def more(self) -> dict[str, Any]:
        return {**super().more(), "badge": self.badge}

    def perform(self, data: dict[str, Any]) -> Any:
        actions.end_badge(badge=self.badge, by=self.request.user, reason=data["reason"])
        return self.account


@access.asks("account.view")
def roles(request: HttpRequest) -> HttpResponse:
    """Right × role on one page."""
    return render(request, "office/roles.html", {"title": _("Role matrix"), "areas": queries.matrix(), "roles": ROLES})
