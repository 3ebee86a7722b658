"""Guided tours: begin, go on, go back, end. Each a POST that leads to a page."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from qms.accounts.access import SIGNED_IN, asks

from .. import tours


@asks(SIGNED_IN)
def overview(request: HttpRequest) -> HttpResponse:
    return render(request, "insight/tours.html", {"tours": tours.offered(request.user)})


@asks(SIGNED_IN, "POST")
def begin(request: HttpRequest, role: str) -> HttpResponse:
    try:
        return HttpResponseRedirect(tours.begin(request.session, role, request.user))
    except KeyError as unknown:
        raise Http404 from unknown


@asks(SIGNED_IN, "POST")
def move(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    way = request.POST.get("way")
    place = (
        tours.end(request.session) if way == "end" else tours.step(request.session, user, -1 if way == "back" else 1)
    )
    return HttpResponseRedirect(place)
