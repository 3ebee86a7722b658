"""Inspections that follow from operations of the MES: their start, their end, every N pieces, and the first job after set-up."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Min, Sum
from django.utils.translation import gettext as _

from ncr.models import ProductionEvent, ProductionKind
from qms.lib.errors import Invalid
from qms.masterdata.models import Lot, ProductionOrder

from ..choices import OF_OPERATIONS, Occasion
from ..models import InspectionOccasion, InspectionPlan, ProductionMark
from ..queries import plans
from .occasions import Due

MOST, OVERLAP = (
    2000,
    2000,
)  # events of one round; and how many are looked at again, since numbers are given before they are seen
MEANS = {
    ProductionKind.STARTED: (Occasion.START, Occasion.SETUP),
    ProductionKind.COMPLETED: (Occasion.COMPLETE, Occasion.PIECES),
    ProductionKind.SET_UP: (Occasion.SETUP,),
}


def due() -> Iterator[Due]:
    """Of the events since the last round. The mark is moved when all of them were tried: a round that is cut off comes again."""
    mark = ProductionMark.objects.first() or ProductionMark()
    rows = ProductionEvent.objects.filter(pk__gt=max(mark.last - OVERLAP, 0), kind__in=MEANS)
    events = list(rows.order_by("pk")[: MOST + OVERLAP])
    if not events or not _asking().exists():
        return
    found = [one for event in events for one in _of(event)]
    known = set(InspectionOccasion.objects.filter(key__in=[one.key for one in found]).values_list("key", flat=True))
    for one in found:
        if one.key not in known:
            known.add(one.key)
            yield one
    with transaction.atomic():
        mark.last = max(mark.last, events[-1].pk)
        mark.save()


def _asking() -> Any:
    plans_of = InspectionPlan.objects.filter(state="RELEASED")
    found = plans_of.none()
    for occasion in OF_OPERATIONS:
        found = found | plans_of.filter(occasions__contains=[occasion])
    return found


def due_of(row: InspectionOccasion) -> Due | None:
    event = ProductionEvent.objects.filter(pk=row.source_key).first()
    return next((one for one in _of(event) if one.key == row.key), None) if event else None


def _of(event: ProductionEvent) -> Iterator[Due]:
    rows = _asking().filter(site=event.site_id, part_number=event.part_number)
    for kind in sorted({plan.kind for plan in rows}):
        plan = _plan(event, kind)
        for occasion in MEANS[ProductionKind(event.kind)]:
            if plan and occasion in plan.begins_at and (key := _key(event, plan, occasion)):
                yield _due(event, plan, occasion, key)


def _plan(event: ProductionEvent, kind: str) -> InspectionPlan | None:
    """Of the very operation, or of any; what ran before there was such a plan is left alone."""
    first = _asking().filter(site=event.site_id, part_number=event.part_number, kind=kind).first()
    if first is None:
        return None
    order = order_of(event)
    plan = plans.applicable(
        item=first.item,
        kind=kind,
        site=event.site_id,
        operation=event.operation,
        revision=order.revision if order else "",
    )
    if plan is None:
        return None
    since = InspectionPlan.objects.filter(family=plan.family).aggregate(at=Min("released_at"))["at"]
    return plan if since <= event.occurred_at else None


def _key(event: ProductionEvent, plan: InspectionPlan, occasion: Occasion) -> str:
    """ "" where the event is no such occasion. Start and end: once for each operation of an order (or lot, where none is named)."""
    place = f"{event.site_id}:{event.source}:{_job(event)}"
    if occasion == Occasion.PIECES:
        assert plan.every_pieces
        turns, turn = _turns(event, plan.every_pieces)
        return f"pieces:{plan.kind}:{place}:{plan.every_pieces}:{turn}" if turns else ""
    if occasion == Occasion.SETUP:
        is_told = event.kind == ProductionKind.SET_UP
        return f"setup:{plan.kind}:{event.pk}" if is_told or _is_another_job(event) else ""
    return f"{occasion}:{plan.kind}:{place}"


def _job(event: ProductionEvent) -> str:
    return f"{event.order_number or event.lot_number or event.source_event}:{event.operation}"


def _same(event: ProductionEvent) -> Any:
    rows = ProductionEvent.objects.filter(site=event.site_id, source=event.source, operation=event.operation)
    if event.order_number:
        return rows.filter(order_number=event.order_number)
    return rows.filter(lot_number=event.lot_number, order_number="") if event.lot_number else rows.filter(pk=event.pk)


def _turns(event: ProductionEvent, every: int) -> tuple[int, int]:
    """How many times N pieces became full with this event, and how many times in all; in the order in which events were recorded."""
    rows = _same(event).filter(kind=ProductionKind.COMPLETED, pk__lt=event.pk)
    before = rows.aggregate(n=Sum("quantity"))["n"] or Decimal()
    then, turn = int(before // every), int((before + (event.quantity or 0)) // every)
    return turn - then, turn


def _is_another_job(event: ProductionEvent) -> bool:
    """The work center began something else before, or nothing that is known. A set-up that the MES told of the same job was the
    occasion already."""
    if not event.work_center:
        return False
    rows = ProductionEvent.objects.filter(
        site=event.site_id, source=event.source, work_center=event.work_center,
        kind__in=(ProductionKind.STARTED, ProductionKind.SET_UP), occurred_at__lt=event.occurred_at,
    )  # fmt: skip
    before = rows.order_by("-occurred_at", "-pk").first()
    return before is None or _job(before) != _job(event)


def order_of(event: ProductionEvent) -> ProductionOrder | None:
    """The one order of this number at the site, or none."""
    found = ProductionOrder.objects.live().filter(number=event.order_number, site=event.site_id)
    rows = list(found.select_related("unit", "item__unit")[:2]) if event.order_number else []
    return rows[0] if len(rows) == 1 else None


def _due(event: ProductionEvent, plan: InspectionPlan, occasion: Occasion, key: str) -> Due:
    def given() -> dict[str, Any]:
        order = order_of(event)
        lot = Lot.objects.live().filter(number=event.lot_number, item=plan.item, site=event.site_id).first()
        return {
            "quantity": _quantity(event, plan, occasion, order), "order": order if _fits(order, plan) else None,
            "lot": lot, "lot_number": event.lot_number, "arrived_at": event.occurred_at,
        }  # fmt: skip

    subject = _("%(occasion)s: order %(order)s, operation %(operation)s, %(part)s") % {
        "occasion": occasion.label, "order": event.order_number or "–", "operation": event.operation or "–",
        "part": event.part_number,
    }  # fmt: skip
    return Due(occasion, plan, key, event.pk, subject, given)


def _fits(order: ProductionOrder | None, plan: InspectionPlan) -> bool:
    return order is not None and order.item_id == plan.item_id


def _quantity(
    event: ProductionEvent, plan: InspectionPlan, occasion: Occasion, order: ProductionOrder | None
) -> Decimal:
    """The pieces between two inspections, what was completed, else what was ordered. Raises Invalid where none is known."""
    if occasion == Occasion.PIECES:
        every = plan.every_pieces or 1
        return Decimal(every * max(_turns(event, every)[0], 1))  # one event may fill N several times
    if event.quantity and occasion == Occasion.COMPLETE:
        return Decimal(event.quantity)
    if order and order.quantity and _fits(order, plan) and order.unit_id in (None, plan.item.unit_id):
        return Decimal(order.quantity)
    if event.quantity:
        return Decimal(event.quantity)
    raise Invalid(
        _("Nobody says how many pieces of %(part)s there are: neither the MES nor an order %(order)s of the ERP.")
        % {"part": event.part_number, "order": event.order_number or "–"},
        hint=_("Wait for the order from the ERP, or have the MES send the quantity."),
        field="quantity",
    )
