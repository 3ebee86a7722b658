"""The integration pages: how every interface does, what went through, and what waits for a person."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from connectors import queries
from connectors.inbox import worklist
from connectors.models import InboxMessage, Interface, Kind, SyncRun
from connectors.outbox import log
from connectors.sync.store import LISTED
from connectors.tables import OUTCOMES, STATES
from qms.accounts import access
from qms.commands.workflow import POSTING
from qms.journal import queries as trail
from qms.lib.clock import now
from qms.ui.htmx import is_fragment
from qms.ui.show import Mark
from qms.ui.views import ListView

VIEW, OPERATE, RESOLVE = "interface.view", "interface.operate", "interface.resolve"
TABS = (
    ("runs", gettext_lazy("Readings")),
    ("deliveries", gettext_lazy("Postings")),
    ("inbox", gettext_lazy("Needs a person")),
    ("messages", gettext_lazy("Messages")),
    ("letters", gettext_lazy("Dead letters")),
    ("mapping", gettext_lazy("Mapping")),
    ("outages", gettext_lazy("Outages")),
    ("history", gettext_lazy("History")),
)
OUTAGES = ("interface.silent", "interface.recovered", "interface.paused", "interface.resumed", "interface.switched")
DELIVERY_STATES = (
    Mark("WAITING", gettext_lazy("Waiting"), "info"),
    Mark("DONE", gettext_lazy("Done"), "success"),
    Mark("DEAD", gettext_lazy("Failed"), "danger"),
)
LINES_SHOWN = 500
PASSAGE_STATES = (*STATES, *(Mark(f"posting:{state.code}", state.label, state.tone) for state in POSTING.states))


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
        user = self.request.user
        may_webhooks = access.may(user, "webhook.view")
        hooks = [(row, log.health(row)) for row in log.listed(user)] if may_webhooks else []
        return {"cards": queries.cards(user), "may_webhooks": may_webhooks, "webhooks": hooks}


class Detail(Page):
    template_name, fragment_name = "connectors/interface.html", "connectors/_tab.html"

    def context(self) -> dict[str, Any]:
        interface = self.interface()
        tab = next((key for key, _label in TABS if key == self.request.GET.get("tab")), "runs")
        return {
            "interface": interface,
            "card": queries.card(interface),
            "reads": interface.kind == "erp" and interface.adapter != "push" and interface.mode != "off",
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

    def _messages(self, interface: Interface) -> dict[str, Any]:
        text = self.request.GET.get("q", "").strip()[:120]
        found = queries.passages(self.request.user, interface=interface, text=text)
        return {"passages": found, "states": PASSAGE_STATES, "q": text, "every": 10}

    def _letters(self, interface: Interface) -> dict[str, Any]:
        return {"causes": queries.causes(queries.letters(interface)), "every": 0}

    def _mapping(self, interface: Interface) -> dict[str, Any]:
        may = access.may(self.request.user, "mapping.edit", interface) and interface.kind == Kind.MES
        return {"versions": interface.mappings.order_by("message_type", "-edition"), "may_map": may, "every": 0}

    def _outages(self, interface: Interface) -> dict[str, Any]:
        return {"items": [line for line in trail.timeline(interface) if line.event in OUTAGES], "every": 0}

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
        shown = list(lines[: LINES_SHOWN + 1])
        return {
            "run": run,
            "counts": counts,
            "lines": shown[:LINES_SHOWN],
            "has_more": len(shown) > LINES_SHOWN,
            "limits": {"shown": LINES_SHOWN, "listed": LISTED},
            "outcomes": OUTCOMES,
            "wanted": wanted,
            "may_export": access.may(self.request.user, "list.export"),
        }


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
            "may_retry": may and delivery.posting.state in ("FAILED", "NEEDS_DECISION"),
        }


class Messages(ListView):
    template_name = "connectors/messages.html"


class Find(Page):
    """What went through any interface, by lot, serial, order, part, record number, message id, reference or key."""

    template_name, fragment_name = "connectors/find.html", "connectors/_messages.html"

    def context(self) -> dict[str, Any]:
        text = self.request.GET.get("q", "").strip()[:120]
        found = queries.passages(self.request.user, text=text) if text else []
        return {"passages": found, "states": PASSAGE_STATES, "q": text}


class Message(Page):
    template_name = "connectors/message.html"

    def context(self) -> dict[str, Any]:
        rows = InboxMessage.objects.visible_to(self.request.user).select_related("interface", "mapping", "sender")
        message = get_object_or_404(rows, uid=self.kwargs["uid"])
        return {
            "message": message,
            "states": STATES,
            "body": queries.readable(message),
            "headers": message.headers,
            "steps": queries.steps(message),
            "runs": message.runs.order_by("-pk"),
            "groups": worklist.of_message(message),
            "may_resolve": access.may(self.request.user, RESOLVE, message),
        }
