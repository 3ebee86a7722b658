"""The list of reasons for change. Entries are made and retired, never changed or deleted."""

from functools import cached_property
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy as _
from django.views import View

from qms.accounts import access
from qms.journal import queries as trail
from qms.lib.clock import now
from qms.records import reasons
from qms.records.models import ChangeReason
from qms.ui.views import ActView

from ..forms import CauseForm, RetireCauseForm
from ..tables import REASON_STATES, reason_state


class Reason(View):
    permission = "masterdata.view"
    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, code: str) -> HttpResponse:
        access.check(request.user, self.permission)
        row = get_object_or_404(ChangeReason.objects.visible_to(request.user), code=code)
        context = {
            "reason": row,
            "title": row.label,
            "state": reason_state(row),
            "states": REASON_STATES,
            "may_retire": not row.is_retired and access.may(request.user, reasons.RIGHT),
            "items": trail.timeline(row),
            "facts": [
                (_("English label"), row.label_en),
                (_("Chinese label"), row.label_zh_hans),
                (_("First day"), row.valid_from),
                (_("Last day"), row.valid_to),
            ],
        }
        return render(request, "office/reason.html", context)


class CreateReason(ActView):
    back = "office:reasons"
    permission = reasons.RIGHT
    form_class = CauseForm
    title = _("New reason for change")
    submit = _("Create")
    done = _("The reason can be chosen.")
    help_template = "office/_reason_help.html"

    def initial(self) -> dict[str, Any]:
        return {"valid_from": now().date(), **super().initial()}

    def perform(self, data: dict[str, Any]) -> Any:
        return reasons.create(by=self.request.user, **data)


class RetireReason(ActView):
    permission = reasons.RIGHT
    form_class = RetireCauseForm
    title = submit = _("Retire the reason")
    done = _("The reason is retired.")
    help_template = "office/_reason_help.html"

    @cached_property
    def chosen(self) -> ChangeReason:
        return get_object_or_404(ChangeReason.objects.visible_to(self.request.user), code=self.kwargs["code"])

    def initial(self) -> dict[str, Any]:
        return {"valid_to": now().date(), **super().initial()}

    def back_url(self) -> str:
        return self.chosen.get_absolute_url()

    def perform(self, data: dict[str, Any]) -> Any:
        return reasons.retire(chosen=self.chosen, by=self.request.user, **data)
