"""What could not be inspected, on screen: why, since when, and the two ways on."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy
from django.views import View

from qms.accounts import access
from qms.journal import queries as trail
from qms.ui.views import ActView

from .. import actions, tables
from ..forms.lots import EmptyForm, ReasonForm
from ..models import InspectionOccasion
from ..workflow import MANAGE


class OccasionPage(View):
    permission = "inspection.view"

    def get(self, request: HttpRequest, uid: Any) -> HttpResponse:
        access.check(request.user, self.permission)
        rows = InspectionOccasion.objects.visible_to(request.user).select_related(
            "plan", "inspection", "closed_by", "site"
        )
        row = get_object_or_404(rows, uid=uid)
        context = {
            "row": row,
            "state": tables.state_of(row),
            "states": tables.OCCASION_STATES,
            "may_decide": row.is_waiting and access.may(request.user, MANAGE, row),
            "items": trail.timeline(row),
        }
        return render(request, "inspection/occasion.html", context)


class Decide(ActView):
    permission = MANAGE

    def row(self) -> InspectionOccasion:
        rows = InspectionOccasion.objects.visible_to(self.request.user)
        found: InspectionOccasion = get_object_or_404(rows, uid=self.kwargs["uid"])
        return found

    def back_url(self) -> str:
        return self.row().get_absolute_url()


class Close(Decide):
    form_class = ReasonForm
    title = gettext_lazy("Close without an inspection")
    submit = gettext_lazy("Close")
    done = gettext_lazy("It is not tried again.")

    def perform(self, data: dict[str, Any]) -> Any:
        return actions.close_occasion(occasion=self.row(), by=self.request.user, **data)


class TryAgain(Decide):
    form_class = EmptyForm
    title = gettext_lazy("Try again now")
    submit = gettext_lazy("Try again")
    done = gettext_lazy("Tried again. The page says what became of it.")

    def perform(self, data: dict[str, Any]) -> Any:
        actions.try_again(occasion=self.row(), by=self.request.user)
        return self.back_url()
