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
from connectors.actions import silence
from connectors.inbox import worklist
from connectors.models import (
    Difference,
    Downtime,
    Flow,
    GoLive,
    InboxMessage,
    Interface,
    Kind,
    Mapping,
    ReconcileRun,
    SyncRun,
)
from connectors.outbox import log
from connectors.queries import contracts
from connectors.sync.store import LISTED
from connectors.tables import KINDS, OUTCOMES, STATES
from qms.accounts import access
from qms.accounts.actions import MANAGE
from qms.commands.workflow import POSTING
from qms.journal import queries as trail
from qms.lib.clock import now
from qms.office import calendars
from qms.ui.htmx import is_fragment
from qms.ui.show import Mark
from qms.ui.views import ListView

VIEW, OPERATE, RESOLVE = "interface.view", "interface.operate", "interface.resolve"
TABS = (
    ("runs", gettext_lazy("Readings")),
    ("intakes", gettext_lazy("Taken in")),
    ("deliveries", gettext_lazy("Postings")),
    ("inbox", gettext_lazy("Needs a person")),
    ("messages", gettext_lazy("Messages")),
    ("letters", gettext_lazy("Dead letters")),
    ("reconcile", gettext_lazy("Reconciliation")),
    ("flows", gettext_lazy("Expected")),
    ("stages", gettext_lazy("Stages")),
    ("contracts", gettext_lazy("Contracts")),
    ("mapping", gettext_lazy("Mapping")),
    ("abilities", gettext_lazy("What it does")),
    ("outages", gettext_lazy("Outages")),
    ("history", gettext_lazy("History")),
)
OUTAGES = (
    *("interface.alarmed", "interface.alarm_settled"),
    *(f"interface.{event}" for event in ("silent", "escalated", "recovered", "paused", "resumed", "switched")),
    *(f"flow.{event}" for event in ("silent", "escalated", "heard")),
)
DELIVERY_STATES = (
    Mark("WAITING", gettext_lazy("Waiting"), "info"),
    Mark("DONE", gettext_lazy("Done"), "success"),
    Mark("DEAD", gettext_lazy("Failed"), "danger"),
    Mark("SHADOW", gettext_lazy("Shadow: not sent"), "warning"),
)
LINES_SHOWN, RUNS_SHOWN = 500, 10
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
        rows = Interface.objects.visible_to(self.request.user).select_related("owner", "backup", "site", "state")
        found: Interface = get_object_or_404(rows, code=self.kwargs["code"])
        return found


class Monitor(Page):
    template_name, fragment_name = "connectors/monitor.html", "connectors/_cards.html"

    def context(self) -> dict[str, Any]:
        user = self.request.user
        may_webhooks = access.may(user, "webhook.view")
        hooks = [(row, log.health(row)) for row in log.listed(user)] if may_webhooks else []
        may_add = access.may(user, OPERATE)
        return {"cards": queries.cards(user), "may_add": may_add, "may_webhooks": may_webhooks, "webhooks": hooks}


class Detail(Page):
    template_name, fragment_name = "connectors/interface.html", "connectors/_tab.html"

    def context(self) -> dict[str, Any]:
        interface = self.interface()
        found = queries.abilities(interface)
        absent = {"runs" if interface.is_transport else "intakes", *(() if found else ("abilities",))}
        absent |= {"contracts"} if interface.kind != Kind.MES else set()
        tabs = [tab for tab in TABS if tab[0] not in absent]
        tab = next((key for key, _label in tabs if key == self.request.GET.get("tab")), tabs[0][0])
        return {
            "interface": interface,
            "card": queries.card(interface),
            "reads": interface.is_read and interface.mode != "off",
            "alarms": queries.open_alarms(interface),
            "tab": tab,
            "tabs": tabs,
            "abilities": found,
            "panel": queries.panel(interface),
            "tab_template": f"connectors/_{tab}.html",
            "may_operate": access.may(self.request.user, OPERATE, interface),
            "may_resolve": access.may(self.request.user, RESOLVE, interface),
            **getattr(self, f"_{tab}")(interface),
        }

    def _runs(self, interface: Interface) -> dict[str, Any]:
        return {"runs": queries.runs(interface), "every": 1 if queries.is_reading(interface) else 5}

    def _intakes(self, interface: Interface) -> dict[str, Any]:
        return {"intakes": queries.intakes(interface), "intake_marks": queries.intake_marks(), "every": 5}

    def _deliveries(self, interface: Interface) -> dict[str, Any]:
        return {"deliveries": queries.deliveries(interface), "delivery_states": DELIVERY_STATES, "every": 5}

    def _inbox(self, interface: Interface) -> dict[str, Any]:
        return {"waiting": queries.messages(interface), "states": STATES, "every": 10}

    def _messages(self, interface: Interface) -> dict[str, Any]:
        text = self.request.GET.get("q", "").strip()[:120]
        found = queries.passages(self.request.user, interface=interface, text=text)
        return {"passages": found, "states": PASSAGE_STATES, "q": text, "every": 10}

    def _letters(self, interface: Interface) -> dict[str, Any]:
        return {"causes": queries.causes_of(interface), "every": 0}

    def _reconcile(self, interface: Interface) -> dict[str, Any]:
        shown = Difference.objects.visible_to(self.request.user).filter(interface=interface).open()
        return {
            "differences": shown.select_related("assigned_to").order_by("first_seen_at")[:LINES_SHOWN],
            "reconciliations": ReconcileRun.objects.visible_to(self.request.user).filter(interface=interface)[
                :RUNS_SHOWN
            ],
            "difference_kinds": KINDS,
            "every": 5,
        }

    def _flows(self, interface: Interface) -> dict[str, Any]:
        rows = (
            Flow.objects.visible_to(self.request.user).filter(interface=interface).select_related("interface", "state")
        )
        return {
            "flows": [(flow, silence.heard_at(flow, now())) for flow in rows],
            "shifts": calendars.as_text(interface.site)["shifts"],
            "may_set_calendar": access.may(self.request.user, MANAGE),
            "every": 30,
        }

    def _contracts(self, interface: Interface) -> dict[str, Any]:
        may_learn = access.may(self.request.user, "mapping.edit", interface)
        rows, columns = contracts.contracts(interface), contracts.columns(interface)
        return {"rows": rows, "columns": columns, "may_learn": may_learn, "every": 0}

    def _stages(self, interface: Interface) -> dict[str, Any]:
        may_prepare = access.may(self.request.user, "go_live.prepare", interface)
        decisions = GoLive.objects.visible_to(self.request.user).filter(interface=interface)[:RUNS_SHOWN]
        return {"rows": queries.staged(interface), "may_prepare": may_prepare, "decisions": decisions, "every": 0}

    def _mapping(self, interface: Interface) -> dict[str, Any]:
        may = access.may(self.request.user, "mapping.edit", interface) and (
            interface.kind == Kind.MES or interface.is_transport
        )
        return {"versions": interface.mappings.order_by("message_type", "-edition"), "may_map": may, "every": 0}

    def _abilities(self, interface: Interface) -> dict[str, Any]:
        return {"every": 0}

    def _outages(self, interface: Interface) -> dict[str, Any]:
        windows = Downtime.objects.visible_to(self.request.user).filter(interface=interface)[:RUNS_SHOWN]
        items = [line for line in trail.timeline(interface) if line.event in OUTAGES]
        return {"items": items, "windows": windows, "every": 0}

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
            "may_believe": bool(run.vanished) and access.may(self.request.user, OPERATE, run.interface),
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
            "may_map": bool(message.interface) and access.may(self.request.user, "mapping.edit", message),
            "draft": queries.to_correct(message, Mapping.objects.visible_to(self.request.user)),
            "groups": worklist.of_message(message),
            "may_resolve": access.may(self.request.user, RESOLVE, message),
        }
