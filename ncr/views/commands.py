"""Steps on what was asked of the shop floor: verify, confirm by hand, ask again, cancel."""

from typing import Any

from django import forms
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy

from qms.accounts import access
from qms.commands import handshake
from qms.commands.models import Command
from qms.ui.views import ActView

from ..forms import NothingForm
from ..models import Hold


class WhyForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("Reason"), widget=forms.Textarea({"rows": 3}), max_length=2000)


class CommandStep(ActView):
    permission = "hold.release"
    done = gettext_lazy("Done.")

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.step = next((t for t in Command.workflow.transitions if t.name == kwargs["name"]), None)
        if self.step is None or self.step.by_system:
            raise Http404
        self.title = self.submit = self.step.label
        self.form_class = WhyForm if self.step.reason else NothingForm

    def command(self) -> Command:
        found: Command = get_object_or_404(Command.objects.visible_to(self.request.user), uid=self.kwargs["uid"])
        return found

    def allowed(self) -> None:
        access.check(self.request.user, self.permission, self.command())

    def perform(self, data: dict[str, Any]) -> str:
        act: Any = handshake.STEPS[self.kwargs["name"]]
        act(command=self.command(), by=self.request.user, **data)
        return self.back_url()

    def back_url(self) -> str:
        key = self.command().purpose.split(":")[1]
        hold = get_object_or_404(Hold.objects.visible_to(self.request.user), pk=key)
        return str(hold.get_absolute_url())
