from typing import Any

from django.conf import settings
from django.contrib import auth
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from qms import journal

from . import actions, codes, events, lockout, passwords, sessions
from .access import PUBLIC, SIGNED_IN, asks, may
from .middleware import BADGE
from .providers import IdentityProvider

HALF = "half"  # a login that still waits for its one-time code
BACKEND = "qms.accounts.backends.PasswordBackend"


class Login(LoginView):
    """User id and password; or badge and PIN, for the floor alone (`request.session[BADGE]`)."""

    template_name = "accounts/login.html"
    http_method_names = ("get", "head", "post")

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.redirect_authenticated_user = BADGE not in request.session

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        providers = IdentityProvider.objects.open()
        return super().get_context_data(needs_password=BADGE in self.request.session, providers=providers, **more)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._with_code() if "code" in request.POST else super().post(request, *args, **kwargs)

    def _with_code(self) -> HttpResponse:
        """Second half of a login with one-time codes: the password was right a short while ago, in this very session."""
        user = codes.halfway(self.request.session.get(HALF, {}))
        if user is None:
            self.request.session.pop(HALF, None)
            context = self.get_context_data(form=self.get_form_class()(self.request), too_late=True)
            return self.render_to_response(context, status=422)
        if lockout.is_locked(user.username) or not codes.accept(user, self.request.POST["code"]):
            if not lockout.is_locked(user.username):
                lockout.failed(username=user.username, address=self.request.META.get("REMOTE_ADDR", ""))
            return self._ask_code(status=422)
        lockout.cleared(user.username)
        return self._enter(user, BACKEND)

    def _ask_code(self, *, status: int = 200) -> HttpResponse:
        """The header tells scripts that log in from their own dialog (the floor's) which half comes next."""
        context = self.get_context_data(form=self.get_form_class()(self.request), asks_code=True, wrong=status != 200)
        return self.render_to_response(context, status=status, headers={"X-QMS-Asks": "code"})

    def get_default_redirect_url(self) -> str:
        return reverse("ncr:floor") if _starts_on_floor(self.request) else super().get_default_redirect_url()

    def form_valid(self, form: Any) -> HttpResponse:
        user = form.get_user()
        if not user.badge and passwords.is_weak(form.cleaned_data["password"], user):
            sessions.ask_change(self.request, user)
        if not user.badge and user.has_code():
            self.request.session[HALF] = codes.half(user)
            return self._ask_code()
        return self._enter(user)

    def _enter(self, user: Any, backend: str | None = None) -> HttpResponse:
        enter(self.request, user, backend)
        return HttpResponseRedirect(self.get_success_url())

    def form_invalid(self, form: Any) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)


def enter(request: Any, user: Any, backend: str | None = BACKEND, *, reason: str = "") -> None:
    """Whoever has shown who they are, here or at an identity provider (`reason` then names it)."""
    request.session.pop(HALF, None)
    auth.login(request, user, backend)
    sessions.began(request)
    request.session.pop(BADGE, None)
    if user.badge:
        request.session[BADGE] = user.badge.pk
    with journal.act(events.LOGGED_IN, by=user, reason=reason) as act:
        act.record(user, events.Attempt(username=user.username, address=request.META.get("REMOTE_ADDR", "")))


def _starts_on_floor(request: Any) -> bool:
    """What was chosen on this device; else by role: an operator's work is on the floor."""
    if BADGE in request.session:
        return True
    chosen = request.COOKIES.get("qms_start", "")
    roles = {grant.role for grant in request.user.valid_grants}
    return may(request.user, "ncr.report") and (chosen == "floor" or (chosen != "desk" and roles == {"operator"}))


@asks(SIGNED_IN, "POST")
@require_POST
def logout(request: Any) -> HttpResponse:
    user = request.user
    with journal.act(events.LOGGED_OUT, by=user) as act:
        act.record(user, events.Attempt(username=user.username, address=request.META.get("REMOTE_ADDR", "")))
    provider = request.session.get("provider")
    auth.logout(request)
    if provider and IdentityProvider.objects.open().filter(code=provider).exists():
        return redirect("identity:left", provider)
    return redirect(settings.LOGOUT_REDIRECT_URL)


@asks(SIGNED_IN, "POST")
@require_POST
def preferences(request: Any) -> HttpResponse:
    """Language and theme of one's own account."""
    language, theme = request.POST.get("language", ""), request.POST.get("theme", "")
    actions.change_preferences(
        user=request.user,
        language=language if language in dict(settings.LANGUAGES) else "",
        theme=theme if theme in {"auto", "light", "dark"} else "",
    )
    return HttpResponseRedirect(_back(request))


@asks(PUBLIC, "POST")
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Before the login: a cookie."""
    response = HttpResponseRedirect(_back(request))
    if (code := request.POST.get("language", "")) in dict(settings.LANGUAGES):
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, code, samesite="Lax", httponly=True)
    return response


def _back(request: HttpRequest) -> str:
    target = request.POST.get("next", "/")
    safe = url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()})
    return target if safe else "/"
