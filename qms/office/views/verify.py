"""The state of the trail: what is sealed, what stands outside, and what the last verification found."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from qms.accounts import access

from .. import actions, queries


@access.asks(queries.TRAIL, "GET", "POST")
def verify(request: HttpRequest) -> HttpResponse:
    """POST asks the worker for a verification; the page follows it."""
    if request.method == "POST":
        actions.ask_verification(by=request.user)
        return HttpResponseRedirect(reverse("office:verify"))
    context = {"title": _("Verify the trail"), **queries.sealed(), **queries.anchored(), **_verification()}
    return render(request, "office/verify.html", context)


@access.asks(queries.TRAIL)
def running(request: HttpRequest) -> HttpResponse:
    """The part of the page that changes while the worker verifies."""
    return render(request, "office/_verification.html", _verification())


def _verification() -> dict[str, Any]:
    going_on = queries.verifying()
    done, entries = queries.progress(going_on) if going_on else (0, 0)
    return {"running": going_on, "done": done, "of": entries, "last": queries.verified()}
