"""The integration pages: how every interface does, what went through, and what waits for a person."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views import View

from connectors import actions, inbox, queries, tasks
from connectors.forms import MapForm, NoQuestion, ReasonForm, SyncForm
from connectors.models import InboxMessage, Interface, SyncRun
from connectors.sync.run import check_open
from connectors.tables import STATES
from qms.accounts import access
from qms.commands import actions as commands
from qms.journal import queries as trail
from qms.lib.clock import now
from qms.masterdata import actions as masterdata
from qms.ui.htmx import is_fragment
from qms.ui.show import Mark
from qms.ui.views import ActView, ListView

VIEW, OPERATE, RESOLVE = "interface.view", "interface.operate", "interface.resolve"
TABS = (
    ("runs", gettext_lazy("Readings")),
    ("deliveries", gettext_lazy("Postings")),
    ("inbox", gettext_lazy("Needs a person")),
    ("history", gettext_lazy("History")),
)
DELIVERY_STATES = (
    Mark("WAITING", gettext_lazy("Waiting"), "info"),
    Mark("DONE", gettext_lazy("Done"), "success"),
    Mark("DEAD", gettext_lazy("Failed"), "danger"),
)
OUTCOMES = (
    Mark("created", gettext_lazy("New"), "info"),
    Mark("updated", gettext_lazy("Changed"), "info"),
    Mark("stale", gettext_lazy("Older than ours"), "muted"),
    Mark("gone", gettext_lazy("Gone from the source"), "warning"),
    Mark("failed", gettext_lazy("Failed"), "danger"),
)
LINES_SHOWN = 500


class Page(View):
    """A page of its own, or the part of it that is asked for again and again."""

    permission = VIEW
    template_name = fragment_name = ""
    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        access.check(request.user, self.permission)
        template = self.fragment_name if self.fragment_name and is_fragment(request) else self.template_name
        return render(request, template, {"now": now(), "path": request.get_full_path(), **self.context()})

    def context(self) -> dict[str, Any]:
        raise NotImplementedError

    def interface(self) -> Interface:
        rows = Interface.objects.visible_to(self.request.user).select_related("owner", "site", "state")
        found: Interface = get_object_or_404(rows, code=self.kwargs["code"])
        return found


class Monitor(Page):
    template_name, fragment_name = "connectors/monitor.html", "connectors/_cards.html"

    def context(self) -> dict[str, Any]:
        return {"cards": queries.cards(self.request.user)}


class Detail(Page):
    template_name, fragment_name = "connectors/interface.html", "connectors/_tab.html"

    def context(self) -> dict[str, Any]:
        interface = self.interface()
        tab = next((key for key, _label in TABS if key == self.request.GET.get("tab")), "runs")
        return {
            "interface": interface,
            "card": queries.card(interface),
            "tab": tab,
            "tabs": TABS,
            "tab_template": f"connectors/_{tab}.html",
            "may_operate": access.may(self.request.user, OPERATE, interface),
            "may_resolve": access.may(self.request.user, RESOLVE, interface),
            **getattr(self, f"_{tab}")(interface),
        }

    def _runs(self, interface: Interface) -> dict[str, Any]:
        return {"runs": queries.runs(interface), "every": 1 if queries.is_reading(interface) else 5}

    def _deliveries(self, interface: Interface) -> dict[str, Any]:
        return {"deliveries": queries.deliveries(interface), "delivery_states": DELIVERY_STATES, "every": 5}

    def _inbox(self, interface: Interface) -> dict[str, Any]:
        return {"waiting": queries.messages(interface), "states": STATES, "every": 10}

    def _history(self, interface: Interface) -> dict[str, Any]:
        return {"items": trail.timeline(interface), "every": 0}


class Run(Page):
    template_name, fragment_name = "connectors/run.html", "connectors/_run.html"

    def context(self) -> dict[str, Any]:
        run = get_object_or_404(SyncRun.objects.visible_to(self.request.user), uid=self.kwargs["uid"])
        lines = run.lines.order_by("pk")
        if wanted := self.request.GET.get("outcome"):
            lines = lines.filter(outcome=wanted)
        counts = (
            (_("New"), run.created),
            (_("Changed"), run.updated),
            (_("As before"), run.unchanged),
            (_("Failed"), run.failed),
        )
        return {"run": run, "counts": counts, "lines": lines[:LINES_SHOWN], "outcomes": OUTCOMES, "wanted": wanted}


class DeliveryPage(Page):
    template_name = "connectors/delivery.html"

    def context(self) -> dict[str, Any]:
        delivery = get_object_or_404(queries.carried(self.request.user), posting__reference=self.kwargs["reference"])
        attempts = [(attempt, json.loads(attempt.exchange)) for attempt in delivery.attempts.all()]
        may = access.may(self.request.user, OPERATE, delivery.interface)
        return {
            "delivery": delivery,
            "posting": delivery.posting,
            "attempts": attempts,
            "delivery_states": DELIVERY_STATES,
            "may_retry": may and delivery.posting.state == "FAILED",
        }


class Messages(ListView):
    template_name = "connectors/messages.html"


class Message(Page):
    template_name = "connectors/message.html"

    def context(self) -> dict[str, Any]:
        rows = InboxMessage.objects.visible_to(self.request.user).select_related("interface", "mapping", "sender")
        message = get_object_or_404(rows, uid=self.kwargs["uid"])
        return {
            "message": message,
            "states": STATES,
            "body": json.dumps(queries.body_of(message), indent=2, ensure_ascii=False),
            "headers": message.headers,
            "names": queries.unknown_names(message) if message.state == "NEEDS_MAPPING" else [],
            "may_resolve": access.may(self.request.user, RESOLVE),
        }


# --- acts -------------------------------------------------------------------------------------------------------------


class InterfaceAct(ActView):
    permission = OPERATE
    form_class: Any = ReasonForm

    def interface(self) -> Interface:
        found: Interface = get_object_or_404(Interface.objects.visible_to(self.request.user), code=self.kwargs["code"])
        return found

    def back_url(self) -> str:
        return reverse("connectors:interface", args=[self.kwargs["code"]])

    def more(self) -> dict[str, Any]:
        return {"interface": self.interface()}


class SyncNow(InterfaceAct):
    form_class = SyncForm
    title = gettext_lazy("Read the ERP now")
    submit = gettext_lazy("Read now")
    done = gettext_lazy("The reading is asked for; its progress is shown below.")

    def perform(self, data: dict[str, Any]) -> str:
        interface = self.interface()
        access.check(self.request.user, OPERATE, interface)
        check_open(interface)
        tasks.ring_sync(interface.pk, data["full"], self.request.user.pk)
        return self.back_url()


class Pause(InterfaceAct):
    title = gettext_lazy("Pause the interface")
    submit = gettext_lazy("Pause")
    done = gettext_lazy("The interface is paused; what is asked for meanwhile waits.")

    def perform(self, data: dict[str, Any]) -> str:
        actions.pause(interface=self.interface(), by=self.request.user, reason=data["reason"])
        return self.back_url()


class Resume(InterfaceAct):
    title = gettext_lazy("Resume the interface")
    submit = gettext_lazy("Resume")
    done = gettext_lazy("The interface goes on.")

    def perform(self, data: dict[str, Any]) -> str:
        actions.resume(interface=self.interface(), by=self.request.user, reason=data["reason"])
        return self.back_url()


class Retry(ActView):
    permission = OPERATE
    form_class = NoQuestion
    title = gettext_lazy("Try the posting again")
    submit = gettext_lazy("Retry")
    done = gettext_lazy("The posting is on its way again.")

    def delivery(self) -> Any:
        return get_object_or_404(queries.carried(self.request.user), posting__reference=self.kwargs["reference"])

    def more(self) -> dict[str, Any]:
        return {"delivery": self.delivery()}

    def perform(self, data: dict[str, Any]) -> str:
        commands.retry(posting=self.delivery().posting, by=self.request.user)
        return self.back_url()

    def back_url(self) -> str:
        return reverse("connectors:delivery", args=[self.kwargs["reference"]])


class Resolve(ActView):
    """One name of one message; every message that waits for it is tried again."""

    permission = RESOLVE
    form_class = MapForm
    template_name = "connectors/resolve.html"
    title = gettext_lazy("Say what the name means here")
    submit = gettext_lazy("Map for all messages")

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        rows = InboxMessage.objects.visible_to(request.user).select_related("interface")
        self.message = get_object_or_404(rows, uid=kwargs["uid"])

    def name(self) -> str:
        return str((self.request.POST or self.request.GET).get("name", ""))

    def form_kwargs(self) -> dict[str, Any]:
        return {"kind": self.kwargs["kind"]}

    def more(self) -> dict[str, Any]:
        return {"message": self.message, "name": self.name(), "system": queries.system_of(self.message)}

    def perform(self, data: dict[str, Any]) -> str:
        masterdata.map_value(
            source=queries.system_of(self.message),
            kind=self.kwargs["kind"],
            foreign_value=self.name(),
            by=self.request.user,
            **data,
        )
        count = inbox.retry_waiting()
        told = ngettext("%(count)s waiting message was applied.", "%(count)s waiting messages were applied.", count)
        messages.success(self.request, told % {"count": count})
        return self.back_url()

    def back_url(self) -> str:
        return reverse("connectors:message", args=[self.message.uid])
