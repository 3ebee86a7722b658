from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from qms.accounts.access import SIGNED_IN, asks

from . import queries


@asks(SIGNED_IN)
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "insight/home.html", {"tasks": queries.my_work(request.user)})
