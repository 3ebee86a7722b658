"""What went through an interface: readings, postings and messages."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, QuerySet, Value, When

from connectors.models import Delivery, InboxMessage, Interface, MessageState, SyncRun

SHOWN = 50
SHOWN_BODY = 100_000
PEOPLE = (MessageState.NEEDS_MAPPING, MessageState.PARKED)


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


def body_of(message: InboxMessage) -> dict[str, Any]:
    try:
        value = json.loads(bytes(message.body), parse_float=Decimal)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def readable(message: InboxMessage) -> str:
    """The body for people: indented where it is JSON, and the beginning of a large one."""
    raw = bytes(message.body)
    try:
        text = json.dumps(json.loads(raw), indent=2, ensure_ascii=False) if len(raw) <= SHOWN_BODY else ""
    except ValueError:
        text = ""
    text = text or raw[:SHOWN_BODY].decode(errors="replace").replace("\x00", "\ufffd")
    return text + (" …" if len(raw) > SHOWN_BODY else "")
