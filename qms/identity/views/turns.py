"""The way to an identity provider and back: to log in, to sign, to log out."""

from typing import Any

from django.contrib import auth
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from qms.accounts import access
from qms.accounts.middleware import BADGE
from qms.accounts.views import enter
from qms.lib.errors import Missing
from qms.signatures import series, step_up
from qms.ui.views.signing import TURNED

from .. import actions, queries


def caller(request: Any) -> actions.Caller:
    """The session exists before the question leaves: its answer counts in no other."""
    if not request.session.session_key:
        request.session.create()
    user = request.user if request.user.is_authenticated else None
    return actions.Caller(request.session.session_key, request.META.get("REMOTE_ADDR", ""), user)


@access.asks(access.PUBLIC)
@never_cache
def begin(request: HttpRequest, code: str) -> HttpResponse:
    """From the login page, by a link: a form may not lead to another host (Content-Security-Policy)."""
    provider = get_object_or_404(queries.open_providers(), code=code)
    if request.user.is_authenticated and BADGE not in request.session:
        return redirect("home")
    auth.logout(request)  # a badge's session does not grow into a person's
    target = request.GET.get("next", "")
    safe = url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()})
    return HttpResponseRedirect(actions.ask(provider=provider, caller=caller(request), target=target if safe else ""))


@access.asks(access.SIGNED_IN)
@never_cache
def leave(request: Any, uid: Any) -> HttpResponse:
    """On the way to sign in anew: a page that goes on by itself, since a form may not lead to another host."""
    row = step_up.waiting(by=request.user, place=series.place(request), uid=uid)
    identity = request.user.identity
    if row is None or identity is None:
        raise Missing(_("This signing does not wait any more."), hint=_("Open the record and take the step once more."))
    try:
        url = actions.ask(provider=identity.provider, caller=caller(request), step_up=row)
    except actions.TurnedAway as refusal:
        return _back_to_dialog(request, refusal)
    context = {"title": _("To the identity provider"), "url": url, "provider": identity.provider, "waits": row}
    return render(request, "identity/leave.html", context)


@access.asks(access.PUBLIC)
@never_cache
def callback(request: Any, code: str) -> HttpResponse:
    """What the provider sends the browser back with. It is believed once, in the session that asked, or turned away."""
    provider = get_object_or_404(queries.open_providers(), code=code)
    asked = caller(request)
    try:
        answer = actions.answered(provider=provider, caller=asked, told=request.GET.dict())
        if answer.turn.step_up:
            row = actions.prove(answer=answer)
            return HttpResponseRedirect(reverse("ui:signing", args=[row.uid]))
        user = actions.enter(provider=provider, claims=answer.claims, caller=asked)
    except actions.TurnedAway as refusal:
        return _back_to_dialog(request, refusal) if refusal.step_up and asked.user else _turned(request, refusal)
    enter(request, user, reason=f"{provider.name} ({provider.issuer})")
    request.session["provider"] = provider.code
    return HttpResponseRedirect(answer.turn.target or reverse("home"))


def _turned(request: HttpRequest, refusal: actions.TurnedAway) -> HttpResponse:
    context = {"title": _("You are not logged in"), "refusal": refusal}
    return render(request, "identity/turned.html", context, status=refusal.status)


def _back_to_dialog(request: Any, refusal: actions.TurnedAway) -> HttpResponse:
    """The words still wait; the dialog says why, and offers another try."""
    assert refusal.step_up is not None
    request.session[TURNED] = {"message": str(refusal.message), "hint": str(refusal.hint)}
    return HttpResponseRedirect(reverse("ui:signing", args=[refusal.step_up.uid]))


@access.asks(access.PUBLIC)
@never_cache
def left(request: HttpRequest, code: str) -> HttpResponse:
    """After the logout here: the session at the provider may be ended too."""
    provider = get_object_or_404(queries.open_providers(), code=code)
    context = {"title": _("You are logged out"), "provider": provider, "url": queries.logout_url(provider)}
    return render(request, "identity/left.html", context)
