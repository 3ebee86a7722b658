"""What is expected of an interface: declared, learned, no longer expected."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy

from connectors.actions import silence
from connectors.forms import NoQuestion, ReasonForm
from connectors.forms.flows import FlowForm
from connectors.models import Flow

from .acts import InterfaceAct


class FlowAct(InterfaceAct):
    def flow(self) -> Flow:
        rows = Flow.objects.visible_to(self.request.user).select_related("interface__site")
        key = self.kwargs["key"]
        found: Flow = get_object_or_404(
            rows, pk=int(key) if key.isdecimal() else 0, interface__code=self.kwargs["code"]
        )
        return found

    def more(self) -> dict[str, Any]:
        return {**super().more(), **({"flow": self.flow()} if "key" in self.kwargs else {})}

    def back_url(self) -> str:
        return f"{super().back_url()}?tab=flows"


class Expect(FlowAct):
    form_class = FlowForm
    title = gettext_lazy("What is expected to be heard")
    submit = gettext_lazy("Save")
    done = gettext_lazy("Saved. Its silence is an alarm from now on.")

    def perform(self, data: dict[str, Any]) -> str:
        silence.expect(interface=self.interface(), by=self.request.user, **data)
        return self.back_url()


class Learn(FlowAct):
    form_class = NoQuestion
    title = gettext_lazy("Learn what is usual")
    submit = gettext_lazy("Learn from the last four weeks")
    done = gettext_lazy("Learned. What from is shown beside it.")

    def perform(self, data: dict[str, Any]) -> str:
        silence.learn(flow=self.flow(), by=self.request.user)
        return self.back_url()


class Forget(FlowAct):
    form_class = ReasonForm
    title = gettext_lazy("No longer expected")
    submit = gettext_lazy("Expect it no longer")
    done = gettext_lazy("It is no longer expected.")

    def perform(self, data: dict[str, Any]) -> str:
        silence.forget(flow=self.flow(), by=self.request.user, **data)
        return self.back_url()
