"""Settings: the places where a plant is set up, and its sites."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from qms.accounts import access, actions
from qms.accounts.actions import MANAGE
from qms.signatures import actions as signatures
from qms.ui.views import ActView

from .. import calendars, queries
from ..forms import CalendarForm, SigningRuleForm, SiteForm


@access.asks("account.view")
def settings(request: HttpRequest) -> HttpResponse:
    sees_codes = access.may(request.user, "ncr.view")
    told = {
        "manages_compartments": access.may(request.user, "compartment.manage"),
        "sees_codes": sees_codes,
        "may_import": access.may(request.user, "import.run"),
    }
    return render(request, "office/settings.html", {"title": _("Settings"), **told})


class CreateSite(ActView):
    back = "office:sites"
    permission = MANAGE
    form_class = SiteForm
    title = _("New site")
    submit = _("Create")
    done = _("The site exists.")
    help_template = "office/_site_help.html"

    def initial(self) -> dict[str, Any]:
        return {"timezone": self.request.user.timezone, **super().initial()}

    def perform(self, data: dict[str, Any]) -> str:
        actions.create_site(by=self.request.user, **data)
        return reverse("office:sites")


class SetSigningRule(ActView):
    """What a site refuses instead of telling it beside the signature."""

    back = "office:sites"
    permission = MANAGE
    form_class = SigningRuleForm
    title = _("Signing rule of the site")
    done = _("The signing rule is set.")
    help_template = "office/_signing_rule_help.html"

    def initial(self) -> dict[str, Any]:
        held = queries.rule(queries.site(self.kwargs["code"]))
        names = ("refuses_fresh_role", "refuses_fresh_access", "qualified_meanings", "supplier_block_by_two")
        return {name: getattr(held, name) for name in names}

    def more(self) -> dict[str, Any]:
        return {"title": f"{self.title}: {queries.site(self.kwargs['code']).code}"}

    def perform(self, data: dict[str, Any]) -> str:
        signatures.set_rule(site=queries.site(self.kwargs["code"]), by=self.request.user, **data)
        return reverse("office:sites")


class SetCalendar(ActView):
    """When the site works: silence of what it is expected to send is counted in this time."""

    back = "office:sites"
    permission = MANAGE
    form_class = CalendarForm
    title = _("Calendar of the site")
    done = _("The calendar is set.")

    def initial(self) -> dict[str, Any]:
        return calendars.as_text(queries.site(self.kwargs["code"]))

    def more(self) -> dict[str, Any]:
        return {"site": queries.site(self.kwargs["code"])}

    def perform(self, data: dict[str, Any]) -> str:
        calendars.set_calendar(site=queries.site(self.kwargs["code"]), by=self.request.user, **data)
        return reverse("office:sites")
