"""The search page and the palette."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from qms.accounts.access import SIGNED_IN, asks
from qms.ui.htmx import is_fragment

from .. import palette, queries, search

PALETTE_RECORDS = 8


@asks(SIGNED_IN)
def find(request: HttpRequest) -> HttpResponse:
    """The search page; what is typed or scanned as the very name of one thing opens it."""
    found = search.find(request.GET.get("q", ""), request.user)
    if found.only and "all" not in request.GET:
        return HttpResponseRedirect(found.only.url)
    return render(request, "insight/search.html", {"title": _("Search"), "found": found})


@asks(SIGNED_IN)
def options(request: HttpRequest) -> HttpResponse:
    """What the palette shows for the text; without JavaScript a page of its own."""
    user: Any = request.user
    text = request.GET.get("q", "").strip()[:200]
    context = {
        "title": _("Go to…"),
        "found": search.find(text, user, limit=PALETTE_RECORDS),
        "recent": [] if text else queries.recent_records(user),
        "views": palette.views(user, text),
        "places": palette.places(user, request.path, text),
    }
    template = "insight/_palette.html" if is_fragment(request) else "insight/palette.html"
    return render(request, template, context)
