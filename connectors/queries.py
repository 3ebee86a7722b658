"""What the integration pages ask: how an interface does, what waits, what a message does not know."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Count, Max, Q, QuerySet, Value, When
from django.utils.translation import gettext as _

from connectors import mapping
from connectors.models import (
    Delivery,
    InboxMessage,
    Interface,
    InterfaceState,
    MappingVersion,
    MessageState,
    Mode,
    SyncRun,
)
from qms.lib.clock import now
from qms.masterdata.models import Crosswalk
from qms.ui.show import Mark

SHOWN = 50
PEOPLE = (MessageState.NEEDS_MAPPING, MessageState.PARKED)


@dataclass(frozen=True)
class Card:
    """An interface as it stands. `last_at`: when something last went through it as it should."""

    interface: Interface
    health: Mark
    last_at: dt.datetime | None
    problem: str
    waiting: int
    dead: int
    unresolved: int
    next_sync_at: dt.datetime | None


def cards(user: Any) -> list[Card]:
    """Every interface that the reader may see; a fixed number of queries."""
    interfaces = list(Interface.objects.visible_to(user).select_related("owner", "site", "state"))
    sent, heard = _deliveries(interfaces), _messages(interfaces)
    return [_card(interface, sent.get(interface.pk, {}), heard.get(interface.pk, {})) for interface in interfaces]


def card(interface: Interface) -> Card:
    return _card(
        interface, _deliveries([interface]).get(interface.pk, {}), _messages([interface]).get(interface.pk, {})
    )


def _deliveries(interfaces: list[Interface]) -> dict[int, dict[str, Any]]:
    rows = Delivery.objects.filter(interface__in=interfaces).exclude(state="DONE").values("interface")
    counted = rows.annotate(waiting=Count("pk", filter=Q(state="WAITING")), dead=Count("pk", filter=Q(state="DEAD")))
    return {row["interface"]: dict(row) for row in counted}


def _messages(interfaces: list[Interface]) -> dict[int, dict[str, Any]]:
    found: dict[int, dict[str, Any]] = {}
    for interface in interfaces:
        mine = InboxMessage.objects.filter(interface=interface)
        waiting = mine.waiting().aggregate(waiting=Count("pk"), unresolved=Count("pk", filter=Q(state__in=PEOPLE)))
        found[interface.pk] = {**waiting, **mine.aggregate(last_at=Max("applied_at"))}
    return found


def _card(interface: Interface, sent: dict[str, Any], heard: dict[str, Any]) -> Card:
    state = getattr(interface, "state", None) or InterfaceState(interface=interface)
    last_at = max(filter(None, (state.succeeded_at, heard.get("last_at"))), default=None)
    dead, unresolved = sent.get("dead", 0), heard.get("unresolved", 0)
    failing = bool(state.failed_at and (last_at is None or state.failed_at >= last_at))
    return Card(
        interface=interface,
        health=health(interface, last_at, failing=failing, troubled=bool(dead or unresolved), now=now()),
        last_at=last_at,
        problem=state.problem if failing else "",
        waiting=sent.get("waiting", 0) + heard.get("waiting", 0),
        dead=dead,
        unresolved=unresolved,
        next_sync_at=state.next_sync_at,
    )


def health(
    interface: Interface, last_at: dt.datetime | None, *, failing: bool, troubled: bool, now: dt.datetime
) -> Mark:
    """Green needs a success that is younger than the interface's silence alarm; silence is never taken for health."""
    if interface.mode == Mode.OFF:
        return Mark("off", _("Off"), "muted", "power-off")
    if interface.paused_at:
        return Mark("paused", _("Paused"), "warning", "circle-pause")
    silent = last_at is None or now - last_at > dt.timedelta(seconds=interface.silent_after)
    if silent and failing:
        return Mark("down", _("Down"), "danger", "unplug")
    if last_at is None:
        return Mark("unknown", _("Unknown: nothing was heard yet"), "warning", "circle-question-mark")
    if silent:
        return Mark("unknown", _("Unknown: silent for longer than expected"), "warning", "circle-question-mark")
    if failing or troubled:
        return Mark("degraded", _("Degraded"), "warning", "triangle-alert")
    return Mark("healthy", _("Healthy"), "success", "circle-check")


def runs(interface: Interface) -> QuerySet[SyncRun]:
    return SyncRun.objects.filter(interface=interface)[:SHOWN]


def is_reading(interface: Interface) -> bool:
    return SyncRun.objects.filter(interface=interface, finished_at=None).exists()


def deliveries(interface: Interface) -> QuerySet[Delivery]:
    """Dead letters first, then what waits, then what was done."""
    rank = Case(When(state="DEAD", then=Value(0)), When(state="WAITING", then=Value(1)), default=Value(2))
    rows = Delivery.objects.filter(interface=interface).annotate(rank=rank, attempted=Count("attempts"))
    return rows.select_related("posting__item", "posting__lot", "posting__unit").order_by("rank", "-pk")[:SHOWN]


def carried(user: Any) -> QuerySet[Delivery]:
    """Deliveries of the interfaces that the reader may see."""
    rows = Delivery.objects.filter(interface__in=Interface.objects.visible_to(user))
    return rows.select_related("interface", "posting__item", "posting__lot", "posting__unit")


def messages(interface: Interface) -> QuerySet[InboxMessage]:
    """What waits for a name or for master data, oldest first."""
    return InboxMessage.objects.filter(interface=interface, state__in=PEOPLE).order_by("pk")[:SHOWN]


def system_of(message: InboxMessage) -> str:
    """Whose names the message uses: the key of its crosswalk."""
    return str(message.interface.code if message.interface else body_of(message).get("source") or message.source)


def body_of(message: InboxMessage) -> dict[str, Any]:
    try:
        value = json.loads(bytes(message.body))
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


NAMES = (("defect_code", "nc_code"), ("item", "part"), ("site", "site"), ("work_center", "work_center"))


def unknown_names(message: InboxMessage) -> list[tuple[str, str]]:
    """(kind, name there) of what the message's reason quotes and nobody has mapped yet."""
    data = body_of(message).get("data")
    rules = MappingVersion.objects.filter(
        interface=message.interface, message_type=message.message_type, status="active"
    ).first()
    fields = mapping.apply(rules.rules, data).fields if rules else data
    if not isinstance(fields, dict):
        return []
    mapped = set(Crosswalk.objects.filter(source=system_of(message)).values_list("kind", "foreign_value"))
    named = [(kind, fields[key].strip()) for kind, key in NAMES if isinstance(fields.get(key), str)]
    return [pair for pair in named if pair[1] and pair[1] in message.problem and pair not in mapped]
