"""Everything that goes through the interfaces in one list, inbound and outbound, found by what a person has in hand."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.urls import reverse

from connectors.models import Delivery, InboxMessage, Interface, MessageState, SyncLine
from ncr.models import Nonconformance

SHOWN = 100
SCANNED = 5000  # bodies that became no record are few; more than these are not looked through


@dataclass(frozen=True)
class Passage:
    """`direction`: in, out. `key`: what it is about: the record, the part, the object."""

    at: dt.datetime
    direction: str
    interface: str
    key: str
    kind: str
    state: str
    tries: int
    took: dt.timedelta | None
    url: str
    problem: str


def passages(user: Any, *, interface: Interface | None = None, text: str = "") -> list[Passage]:
    """Newest first; those of the interfaces and sites that the reader may see."""
    inbound = InboxMessage.objects.visible_to(user).select_related("interface").defer("headers")
    outbound = Delivery.objects.filter(interface__in=Interface.objects.visible_to(user))
    if interface:
        inbound, outbound = inbound.filter(interface=interface), outbound.filter(interface=interface)
    if text:
        inbound, outbound = inbound.filter(_inbound(user, inbound, text)), outbound.filter(_outbound(text))
    outbound = outbound.select_related("interface", "posting__lot", "posting__item")
    found = [_received(row) for row in inbound.defer("body").order_by("-pk")[:SHOWN]]
    found += [_sent(row) for row in outbound.order_by("-pk")[:SHOWN]]
    return sorted(found, key=lambda passage: passage.at, reverse=True)[:SHOWN]


def _inbound(user: Any, rows: Any, text: str) -> Q:
    """By id, record, reason; by lot, serial, order or part of the record that it became; by key in a pushed batch; and by
    anything that stands in a message which became no record."""
    named = Q(lot_number__iexact=text) | Q(order_number__iexact=text) | Q(part_number__iexact=text)
    records = Nonconformance.objects.visible_to(user).filter(named).values_list("number", flat=True)[:500]
    lines = SyncLine.objects.filter(Q(external_id=text) | Q(number=text), run__message__isnull=False)
    pushed = list(lines.order_by("-pk").values_list("run__message", flat=True)[:500])
    found = Q(message_id__icontains=text) | Q(record_number__iexact=text) | Q(problem__icontains=text)
    return found | Q(record_number__in=list(records)) | Q(pk__in=pushed) | Q(pk__in=_written(rows, text))


def _written(rows: Any, text: str) -> list[int]:
    wanted = text.lower().encode()
    other = rows.exclude(state=MessageState.APPLIED).order_by("-pk").values_list("pk", "body")[:SCANNED]
    return [key for key, body in other.iterator(chunk_size=200) if wanted in bytes(body).lower()]


def _outbound(text: str) -> Q:
    exact = ("posting__reference", "posting__record_number", "posting__document_number", "posting__lot__number")
    found = Q(posting__item__number__iexact=text) | Q(problem__icontains=text)
    for name in exact:
        found |= Q(**{f"{name}__iexact": text})
    return found


def _received(row: InboxMessage) -> Passage:
    return Passage(
        at=row.received_at,
        direction="in",
        interface=row.interface.name if row.interface else row.source,
        key=row.record_number or row.message_id,
        kind=row.message_type,
        state=row.state,
        tries=row.tries,
        took=row.applied_at - row.received_at if row.applied_at else None,
        url=reverse("connectors:message", args=[row.uid]),
        problem=row.problem,
    )


def _sent(row: Delivery) -> Passage:
    posting = row.posting
    return Passage(
        at=row.made_at,
        direction="out",
        interface=row.interface.name,
        key=f"{posting.record_number} · {posting.reference}",
        kind=str(posting.get_kind_display()),
        state=f"posting:{posting.state}",
        tries=row.tries,
        took=posting.posted_at - row.made_at if posting.posted_at else None,
        url=reverse("connectors:delivery", args=[posting.reference]),
        problem=row.problem,
    )
