"""Small pages of the shell: the menu for small screens, the sign of life, a record by its number."""

from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views import View

from qms.accounts.access import SIGNED_IN
from qms.lib.errors import Missing
from qms.records import queries


class Menu(View):
    permission = SIGNED_IN
    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest) -> HttpResponse:
        return render(request, "ui/menu.html", {"title": _("Menu")})


class Session(View):
    """Asked before a form leaves the page: 204 and who the reader is while that is known, 401 (by the login middleware) after."""

    permission = SIGNED_IN
    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest) -> HttpResponse:
        who = quote(request.user.get_username())
        return HttpResponse(status=204, headers={"Cache-Control": "no-store", "X-QMS-User": who})


class Find(View):
    """`?q=NCR-26-000123` or `/r/NCR-26-000123`, typed or scanned."""

    permission = SIGNED_IN
    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, number: str = "") -> HttpResponse:
        wanted = (number or request.GET.get("q", "")).strip()
        record: Any = queries.by_number(wanted, request.user) or queries.tombstone(wanted, request.user)
        if record is None:
            raise Missing(
                _("There is no record “%(number)s”, or it is not open to you.") % {"number": wanted},
                hint=_("Check the number. Parts, lots and texts are found from the lists."),
            )
        return HttpResponseRedirect(record.get_absolute_url())
