"""Pages of a transport: set up, change, test, and what it took in."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy

from connectors import actions, queries
from connectors.forms import ReasonForm
from connectors.forms.transports import FORMS, NewForm, TransportForm
from connectors.models import Alarm, Intake, Interface, Stage
from connectors.transports import run, words
from qms.accounts import access
from qms.lib.errors import Conflict
from qms.ui.views import ActView

from .acts import OPERATE, InterfaceAct
from .monitor import Page


class New(ActView):
    """Name, place and kind; the settings of the kind follow on the next page."""

    permission = OPERATE
    form_class = NewForm
    title = gettext_lazy("New transport")
    submit = gettext_lazy("Go on to the settings")
    back = "connectors:monitor"

    def form_kwargs(self) -> dict[str, Any]:
        return {"user": self.request.user}

    def perform(self, data: dict[str, Any]) -> str:
        """Nothing that comes over a new transport counts before somebody has compared it and another has signed."""
        by = self.request.user
        made = actions.carry(**data, address="", settings={}, secrets={}, owner=by, by=by)
        if made.first_stage != Stage.SHADOW:
            reason = gettext("A new transport goes live flow by flow, each by a comparison that is signed.")
            actions.begin_in(interface=made, stage=Stage.SHADOW, by=by, reason=reason)
        return reverse("connectors:transport", args=[made.code])


class Settings(InterfaceAct):
    """The form of its kind. Secrets are never shown; left empty they stay."""

    title = gettext_lazy("Settings of the transport")
    done = gettext_lazy("The settings are kept; test the connection before you switch to Live.")
    form: Any = None

    @property
    def form_class(self) -> type[TransportForm]:
        return FORMS[self.carried().adapter]

    def carried(self) -> Interface:
        found = self.interface()
        access.check(self.request.user, OPERATE, found)
        if not found.is_transport:
            raise Conflict(gettext("This interface is not carried by a transport."))
        return found

    def initial(self) -> dict[str, Any]:
        return dict(self.carried().settings)

    def post(self, request: Any, **kwargs: Any) -> Any:
        self.form = self.form_class(request.POST)
        return super().post(request, **kwargs)

    def perform(self, data: dict[str, Any]) -> str:
        self.form.is_valid()
        actions.recarry(
            interface=self.carried(), address=self.form.address(), settings=self.form.settings(),
            secrets=self.form.secrets(), by=self.request.user, reason=data["reason"],
        )  # fmt: skip
        return reverse("connectors:transport-test", args=[self.kwargs["code"]])


class Test(Page):
    """Looks whether address, account and settings are good, line by line; nothing is taken."""

    permission = OPERATE
    template_name = "connectors/transport_test.html"

    def context(self) -> dict[str, Any]:
        interface = self.interface()
        access.check(self.request.user, OPERATE, interface)
        if not interface.is_transport:
            raise Conflict(gettext("This interface is not carried by a transport."))
        return {"interface": interface, "findings": run.probe(interface=interface)}


class Taken(Page):
    template_name = "connectors/intake.html"

    def context(self) -> dict[str, Any]:
        rows = Intake.objects.visible_to(self.request.user).select_related("interface", "message")
        intake = get_object_or_404(rows, uid=self.kwargs["uid"])
        return {"intake": intake, "marks": queries.intake_marks(), **queries.refused_of(intake)}


class SettleAlarm(ActView):
    permission = OPERATE
    form_class = ReasonForm
    title = gettext_lazy("I have looked into it")
    submit = gettext_lazy("Settle")
    done = gettext_lazy("The alarm is settled.")
    template_name = "connectors/alarm.html"

    def alarm(self) -> Alarm:
        rows = Alarm.objects.visible_to(self.request.user).select_related("interface")
        found: Alarm = get_object_or_404(rows, uid=self.kwargs["uid"])
        return found

    def more(self) -> dict[str, Any]:
        alarm = self.alarm()
        return {"alarm": alarm, "told": words.alarm(alarm.kind, alarm.values)}

    def perform(self, data: dict[str, Any]) -> str:
        actions.settle_alarm(alarm=self.alarm(), by=self.request.user, reason=data["reason"])
        return self.back_url()

    def back_url(self) -> str:
        return reverse("connectors:interface", args=[self.alarm().interface.code])
