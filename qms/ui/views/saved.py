"""The tabs of a list with their counts, and what is done with saved views."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views import View

from qms.accounts import access
from qms.accounts.access import SIGNED_IN
from qms.lib.errors import Invalid

from .. import saved
from ..listspec import LISTS, ListSpec
from ..models import SavedView

ACTS = {"remove": saved.remove, "bring-back": saved.bring_back, "default": saved.toggle_default}


def tabs(
    spec: ListSpec, user: Any, params: QueryDict, kept: saved.Kept, *, counted: bool = False
) -> list[dict[str, Any]]:
    """Declared tabs, then saved views: label, link, whether it is the one on screen, and how many rows."""
    plain = [(tab.label, tab, tab.query(), "") for tab in spec.tabs]
    own = [(view.name, None, view.query, "share-2" if view.shared else "bookmark") for view in kept.views]
    here = saved.lasting(params.urlencode())
    return [
        {
            "label": label,
            "url": f"?{query or 'view=all'}",
            "icon": icon,
            "active": tab.is_active(params) if tab else query == here,
            "count": saved.count(spec, user, query) if counted else None,
        }
        for label, tab, query, icon in [*plain, *own]
    ]


class Tabs(View):
    """Asked by the list page after it was shown, so that counting delays no row."""

    permission = SIGNED_IN
    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, name: str) -> HttpResponse:
        spec = LISTS.get(name)
        if spec is None or not access.may(request.user, spec.permission):
            raise Http404
        found = tabs(spec, request.user, request.GET, saved.of_list(spec, request.user), counted=True)
        return render(request, "components/_tabs.html", {"tabs": found})


class SaveView(View):
    permission = SIGNED_IN
    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        sent = request.POST
        view = saved.save(
            path=sent.get("path", ""),
            query=sent.get("query", ""),
            name=sent.get("name", ""),
            shared=bool(sent.get("shared")),
            by=request.user,
        )
        return HttpResponseRedirect(f"{view.path}?{view.query or 'view=all'}")


class ChangeView(View):
    """Remove, bring back, make it the default: one of ACTS."""

    permission = SIGNED_IN
    http_method_names = ["post"]

    def post(self, request: HttpRequest, uid: Any) -> HttpResponse:
        view = get_object_or_404(SavedView.objects.visible_to(request.user), uid=uid)
        act = ACTS.get(request.POST.get("act", ""))
        if act is None:
            raise Invalid(_("Choose what to do with the view."))
        act(view, by=request.user)
        gone = request.POST["act"] == "remove"
        return HttpResponseRedirect(f"{view.path}?{'view=all' if gone else view.query or 'view=all'}")
