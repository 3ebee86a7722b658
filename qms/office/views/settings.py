"""Settings: the places where a plant is set up, and its sites."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from qms.accounts import access, actions
from qms.accounts.actions import MANAGE
from qms.ui.views import ActView

from ..forms import SiteForm


@access.asks("account.view")
def settings(request: HttpRequest) -> HttpResponse:
    sees_codes = access.may(request.user, "ncr.view")
    told = {"sees_codes": sees_codes, "may_import": access.may(request.user, "import.run")}
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
