"""The state of the trail: what is sealed, what stands outside, and what the last verification found."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from qms.accounts import access
from qms.ui.views import ActView

from .. import actions, equipment, nightly, queries
from ..forms import NightlyForm


@access.asks(queries.TRAIL, "GET", "POST")
def verify(request: HttpRequest) -> HttpResponse:
    """POST asks the worker for a verification; the page follows it."""
    if request.method == "POST":
        actions.ask_verification(by=request.user)
        return HttpResponseRedirect(reverse("office:verify"))
    context = {"title": _("Verify the trail"), **queries.sealed(), **queries.anchored()}
    context |= {"missing": equipment.missing().values(), **_verification(request.user)}
    return render(request, "office/verify.html", context)


@access.asks(queries.TRAIL)
def running(request: HttpRequest) -> HttpResponse:
    """The part of the page that changes while the worker verifies."""
    return render(request, "office/_verification.html", _verification(request.user))


def _verification(user: Any) -> dict[str, Any]:
    going_on = queries.verifying()
    job = queries.progress(going_on) if going_on else None
    ended = queries.verifications()
    last = ended[0] if ended else None
    told = {"running": going_on, "job": job, "last": last, "ended": ended}
    return told | {"nightly": nightly.schedule(), "may_schedule": access.may(user, "trail.schedule")}


class SetNightly(ActView):
    """When the trail is verified by itself."""

    permission = "trail.schedule"
    form_class = NightlyForm
    title = _lazy("Nightly verification")
    submit = _lazy("Save")
    done = _lazy("Saved.")

    def initial(self) -> dict[str, Any]:
        plan = nightly.schedule()
        return {"is_on": plan.is_on, "at": f"{plan.at:%H:%M}", "timezone": plan.timezone}

    def perform(self, data: dict[str, Any]) -> str:
        actions.set_nightly(by=self.request.user, **data)
        return reverse("office:verify")

    def back_url(self) -> str:
        return reverse("office:verify")
