"""What was asked of the shop floor: its page, and the steps that people take on it."""

from datetime import datetime
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy
from django.views import View

from qms.accounts import access
from qms.commands import handshake, queries
from qms.commands.models import Command
from qms.journal import queries as trail
from qms.ui.views import ActView

from ..forms import NothingForm
from ..models import Hold, Nonconformance

STEP = "hold.release"


class WhyForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("Reason"), widget=forms.Textarea({"rows": 3}), max_length=2000)


def found(request: HttpRequest, uid: Any) -> Command:
    """Where the record is closed to the reader, so is what was asked for it."""
    row: Command = get_object_or_404(Command.objects.visible_to(request.user), uid=uid)
    get_object_or_404(Nonconformance.objects.visible_to(request.user), number=row.record_number)
    return row


class CommandPage(View):
    permission = "ncr.view"
    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, uid: Any) -> HttpResponse:
        row = found(request, uid)
        context = {
            "title": row.get_kind_display(),
            "command": row,
            "hold": about(row, request),
            "answers": queries.answers(row),
            "reported_at": datetime.fromisoformat(row.reported["at"]) if row.reported else None,
            "beside": queries.beside(row),
            "may_command": access.may(request.user, STEP, row),
            "items": trail.timeline(row),
        }
        return render(request, "ncr/command.html", context)


def about(command: Command, request: HttpRequest) -> Hold | None:
    if not command.purpose.startswith("hold:"):
        return None
    return Hold.objects.visible_to(request.user).filter(pk=command.purpose.split(":")[1]).first()


class CommandStep(ActView):
    permission = STEP
    done = gettext_lazy("Done.")

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.step = next((t for t in Command.workflow.transitions if t.name == kwargs["name"]), None)
        if self.step is None or self.step.by_system:
            raise Http404
        self.title = self.submit = self.step.label
        self.form_class = WhyForm if self.step.reason else NothingForm

    def command(self) -> Command:
        return found(self.request, self.kwargs["uid"])

    def allowed(self) -> None:
        access.check(self.request.user, self.permission, self.command())

    def perform(self, data: dict[str, Any]) -> str:
        act: Any = handshake.STEPS[self.kwargs["name"]]
        act(command=self.command(), by=self.request.user, **data)
        return self.back_url()

    def back_url(self) -> str:
        command = self.command()
        hold = about(command, self.request)
        return str((hold or command).get_absolute_url())
