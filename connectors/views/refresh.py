"""“Refresh from the ERP” on a page of the mirror: asked here, answered by the worker, shown when it is there."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views import View

from connectors import tasks
from connectors.sync import refresh
from connectors.tables import OUTCOMES
from qms.accounts import access
from qms.masterdata.specs import SPECS
from qms.ui.htmx import is_fragment


def seen(user: Any, object: str, **by: Any) -> Any:
    """The row of the mirror; what the user may not see does not exist."""
    if object not in SPECS:
        raise Http404
    return get_object_or_404(SPECS[object].model.objects.visible_to(user), **by)


class Refresh(View):
    permission = refresh.REFRESH
    http_method_names = ["post"]

    def post(self, request: HttpRequest, object: str, pk: int) -> HttpResponse:
        access.check(request.user, self.permission)
        row = seen(request.user, object, pk=pk)
        run = refresh.ask(row=row, object=object, by=request.user)
        tasks.ring_refresh(run, int(request.user.pk or 0))
        return redirect("connectors:refreshed", uid=run.uid)


class Refreshed(View):
    """Progress and result; asked for again until the answer is there, then no more."""

    permission = "masterdata.view"
    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, uid: Any) -> HttpResponse:
        access.check(request.user, self.permission)
        run = refresh.asked(uid)
        if run is None:
            raise Http404
        row = seen(request.user, run.only_object, source=run.interface.code, external_id=run.only_key)
        told = {"run": run, "row": row, "object": run.only_object, "path": request.path, "outcomes": OUTCOMES}
        name = "connectors/_refreshed.html" if is_fragment(request) else "connectors/refreshed.html"
        return render(request, name, {**told, "lines": run.lines.order_by("pk")})
