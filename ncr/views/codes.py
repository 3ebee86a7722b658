"""The defect catalogue: what can be wrong. Codes are made and retired, never changed or deleted."""

from functools import cached_property
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy as _
from django.views import View

from qms.accounts import access
from qms.journal import queries as trail
from qms.lib.clock import now
from qms.ui.views import ActView

from .. import actions
from ..forms import CodeForm, RetireForm
from ..models import DefectCode
from ..tables import CODE_STATES, code_state


class CodeDetail(View):
    permission = "ncr.view"
    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, code: str) -> HttpResponse:
        access.check(request.user, self.permission)
        row = get_object_or_404(DefectCode.objects.visible_to(request.user), code=code)
        context = {
            "code": row,
            "title": row.label,
            "state": code_state(row),
            "states": CODE_STATES,
            "may_retire": not row.is_retired and access.may(request.user, "ncr.catalogue"),
            "items": trail.timeline(row),
            "facts": [
                (_("English label"), row.label_en),
                (_("Chinese label"), row.label_zh_hans),
                (_("Severity unless somebody says otherwise"), row.get_severity_display()),
                (_("First day"), row.valid_from),
                (_("Last day"), row.valid_to),
            ],
        }
        return render(request, "ncr/code.html", context)


class CreateCode(ActView):
    back = "ncr:code-list"
    permission = "ncr.catalogue"
    form_class = CodeForm
    title = _("New defect code")
    submit = _("Create")
    done = _("The defect code can be used.")
    help_template = "ncr/_code_help.html"

    def initial(self) -> dict[str, Any]:
        return {"valid_from": now().date(), **super().initial()}

    def perform(self, data: dict[str, Any]) -> Any:
        return actions.create_defect_code(by=self.request.user, **data)


class RetireCode(ActView):
    permission = "ncr.catalogue"
    form_class = RetireForm
    title = submit = _("Retire the defect code")
    done = _("The defect code is retired.")
    help_template = "ncr/_retire_help.html"
    template_name = "ncr/retire_code.html"

    @cached_property
    def code(self) -> DefectCode:
        return get_object_or_404(DefectCode.objects.visible_to(self.request.user), code=self.kwargs["code"])

    def initial(self) -> dict[str, Any]:
        return {"valid_to": now().date(), **super().initial()}

    def more(self) -> dict[str, Any]:
        return {"code": self.code}

    def back_url(self) -> str:
        return self.code.get_absolute_url()

    def perform(self, data: dict[str, Any]) -> Any:
        return actions.retire_defect_code(code=self.code, by=self.request.user, **data)
