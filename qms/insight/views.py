from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from . import queries


def home(request: HttpRequest) -> HttpResponse:
    return render(request, "insight/home.html", {"tasks": queries.my_work(request.user)})
