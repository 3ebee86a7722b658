"""The state of the trail: what is sealed, what stands outside, and what the last verification found."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from qms.accounts import access

from .. import queries


@access.asks(queries.TRAIL)
def verify(request: HttpRequest) -> HttpResponse:
    context: dict[str, Any] = {"title": _("Verify the trail"), **queries.sealed(), **queries.anchored()}
    return render(request, "office/verify.html", context)
