"""Error pages: what happened, why, what to do, and a reference for the ones nobody expected."""

import logging
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from qms.lib.errors import NotNow, Refusal
from qms.lib.ids import uuid7

log = logging.getLogger(__name__)


def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    titles = {
        403: _("You may not do this"),
        404: _("Not found"),
        409: _("Not possible as the record stands"),
        422: _("This cannot be used as it is"),
        503: _("Not possible right now"),
    }
    title = titles.get(refusal.status, _("This was refused"))
    response = page(request, refusal.status, title, str(refusal.message), str(refusal.hint))
    if isinstance(refusal, NotNow):
        response.headers["Retry-After"] = str(refusal.retry_after)
    return response


def forbidden(request: HttpRequest, exception: Any = None) -> HttpResponse:
    text = _("Your roles do not include this page or act.")
    return page(request, 403, _("You may not do this"), text, _("Ask an administrator for the role you need."))


def missing(request: HttpRequest, exception: Any = None) -> HttpResponse:
    text = _("There is no page or record at this address, or it is not open to you.")
    return page(request, 404, _("Not found"), text, _("Check the number, or search for the record."))


def broken(request: HttpRequest) -> HttpResponse:
    reference = str(uuid7())
    log.error("page failed, reference %s, path %s", reference, request.path)
    text = _("The system could not finish this. Nothing that was not confirmed has been saved.")
    hint = _("Try again; if it stays, give this reference to your administrator: %(reference)s") % {
        "reference": reference
    }
    try:
        return page(request, 500, _("Something went wrong"), text, hint)
    except Exception:  # the database itself may be away: answer without the shell
        log.exception("error page failed, reference %s", reference)
        return HttpResponse(f"{text}\n{hint}\n", status=500, content_type="text/plain; charset=utf-8")


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    text = _("The page was open too long, or you signed in again in another window. Nothing was saved.")
    return page(request, 403, _("This page has expired"), text, _("Reload the page and repeat the step."))


def page(request: HttpRequest, status: int, title: str, text: str, hint: str = "") -> HttpResponse:
    context = {"status": status, "title": title, "text": text, "hint": hint}
    return render(request, "ui/error.html", context, status=status)
