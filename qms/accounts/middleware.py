import zoneinfo
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import auth
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from qms import journal
from qms.lib.ids import uuid7

from . import passwords, sessions
from .models import Badge

# Routes that answer without a login; everything else is refused by default (integrity.md 11.10(d)).
PUBLIC = {"accounts:login", "accounts:language", "healthz", "readyz", "metrics"}
PUBLIC |= {"identity:begin", "identity:callback", "identity:left"}  # on the way to an identity provider and back
# What a person may do whose password is known to somebody else: choose another, or leave.
CHOOSE = "office:password"
BEFORE_CHOOSING = {*PUBLIC, CHOOSE, "accounts:logout", "accounts:preferences", "ui:session"}
ENROL = "office:codes"
# What badge and PIN open (the key of such a session holds the badge): the floor and what its pages ask for.
BADGE = "badge"
FLOOR = {*PUBLIC, "ncr:floor", "ncr:floor-decode", "ncr:floor-result", "masterdata:item-lookup", "office:preview"}
FLOOR |= {"accounts:logout", "accounts:preferences", "ui:session"}
Handler = Callable[[HttpRequest], HttpResponse]


class PersonalSettings:
    """Language and time zone of the signed-in person, and where the call came from, for the trail."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponse:
        request.id = request.headers.get("X-Request-Id", "")[:64] or str(uuid7())
        kind = "api" if request.path.startswith("/api/") else "ui"
        token = journal.ORIGIN.set(journal.Origin(source=kind, request=request.id))
        if kind == "ui" and request.user.is_authenticated:
            translation.activate(request.user.language)
            request.LANGUAGE_CODE = request.user.language
            timezone.activate(zoneinfo.ZoneInfo(request.user.timezone))
        try:
            response = self.get_response(request)
        finally:
            journal.ORIGIN.reset(token)
            timezone.deactivate()
        response["X-Request-Id"] = request.id
        return response


class LoginRequired:
    """Default deny: a page needs a login; REST answers for itself (401 in problem+json)."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: Any, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        name = request.resolver_match.view_name
        if settings.SESSION_COOKIE_NAME in request.COOKIES and sessions.is_over(request, name):
            auth.logout(request)
        if closed := _still_to_choose(request, name) or _closed_to_badge(request, name):
            return closed
        if name in PUBLIC or request.path.startswith("/api/") or request.user.is_authenticated:
            return None
        if request.headers.get("HX-Request"):
            return HttpResponse(status=401, headers={"HX-Redirect": "/login?next=" + request.path})
        return redirect_to_login(request.get_full_path())


def _still_to_choose(request: Any, name: str) -> HttpResponse | None:
    """A one-time password opens one page: the one where its owner replaces it."""
    if name in BEFORE_CHOOSING or settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return None
    user = request.user
    if not user.is_authenticated:
        return None
    by_password = not request.session.get(BADGE)
    if user.password_given or (by_password and (sessions.asks_change(request) or passwords.is_aged(user))):
        return _first(request, CHOOSE, "password_given", _("Choose your own password first."))
    if by_password and name != ENROL and passwords.lacks_code(user):
        return _first(request, ENROL, "code_missing", _("Your role asks for one-time codes: enrol them first."))
    return None


def _first(request: Any, target: str, code: str, title: str) -> HttpResponse:
    if request.path.startswith("/api/"):
        problem = {"type": "about:blank", "status": 403, "code": code, "title": title, "detail": reverse(target)}
        return JsonResponse(problem, status=403, content_type="application/problem+json")
    return _led(request, reverse(target))


def _closed_to_badge(request: Any, name: str) -> HttpResponse | None:
    """A badge opens the floor; the password opens the rest. An ended badge opens nothing."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES or not (badge := request.session.get(BADGE)):
        return None
    if not Badge.objects.filter(pk=badge, ended_at=None).exists():
        auth.logout(request)
        return None
    if name in FLOOR:
        return None
    if name == "home":
        return _led(request, reverse("ncr:floor"))
    if request.path.startswith("/api/"):
        problem = {"type": "about:blank", "status": 403, "code": "badge"}
        problem |= {"title": _("A badge opens the floor only."), "detail": _("Log in with your password.")}
        return JsonResponse(problem, status=403, content_type="application/problem+json")
    if request.headers.get("HX-Request"):
        return _led(
            request, f"{reverse('accounts:login')}?next={urlsplit(request.headers.get('HX-Current-URL', '')).path}"
        )
    return redirect_to_login(request.get_full_path())


def _led(request: Any, target: str) -> HttpResponse:
    """To the page that is open to this reader. A part of that very page is not led: the page would load itself without end."""
    if not request.headers.get("HX-Request"):
        return HttpResponseRedirect(target)
    if urlsplit(request.headers.get("HX-Current-URL", "")).path == urlsplit(target).path:
        return HttpResponse(status=204)
    return HttpResponse(status=401, headers={"HX-Redirect": target})
