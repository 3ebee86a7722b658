"""Inspections that follow from what the ERP and the clock tell, once for each occasion. What the MES tells: operations.py."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from django.db.models import Min, OuterRef, Q, Subquery
from django.utils.translation import gettext as _

from ncr.models import ReworkLoop
from qms import journal
from qms.accounts import access
from qms.lib.clock import now
from qms.lib.errors import Invalid
from qms.lib.quantity import STEP, show
from qms.masterdata.models import GenealogyEdge, Lot, ProductionOrder, ReceiptLine, ShipmentLine

from ..choices import OF_OPERATIONS, InspectionKind, Occasion
from ..models import Inspection, InspectionOccasion, InspectionPlan
from ..queries import plans
from ..workflow import MANAGE
from . import operations, reworked, skipping
from .occasions import Due, attempt, gone, still_waiting

MOST = 500  # objects of one round and occasion; the next one goes on
BEFORE_KIND = {
    Occasion.RECEIPT: InspectionKind.INCOMING,
    Occasion.SHIPMENT: InspectionKind.PRE_SHIPMENT,
    Occasion.PRODUCTION: InspectionKind.FINAL,
    Occasion.RETURN: InspectionKind.CUSTOMER_RETURN,
}


def inspect_due() -> list[Inspection]:
    """Everything that is to be inspected and is not yet: what waited for its next attempt, then what is new."""
    made = [_again(row) for row in _due_again()]
    for source in (receipts, returns, shipments, productions, intervals, reworks, operations.due):
        made += [attempt(due) for due in source()]
    skipping.heed_nonconformances(by=journal.SYSTEM)  # last: whatever goes wrong there keeps no lot waiting
    skipping.heed_certificates(by=journal.SYSTEM)
    return [row for row in made if row]


def _due_again() -> list[InspectionOccasion]:
    rows = InspectionOccasion.objects.waiting().filter(next_at__lte=now()).select_related("plan")
    return list(rows.order_by("next_at")[:MOST])


def _again(row: InspectionOccasion) -> Inspection | None:
    due = due_of(row)
    if due is None:
        gone(row)
        return None
    return attempt(due)


def due_of(row: InspectionOccasion) -> Due | None:
    """The occasion as it stands now; None where what told it is gone or no released plan asks for it."""
    if row.occasion in OF_OPERATIONS:
        return operations.due_of(row)
    if row.occasion == Occasion.RECURRING:
        return next((due for plan in _recurring(row.source_key) if (due := _interval(plan, row.key))), None)
    if row.occasion == Occasion.REWORK:
        return next((due for loop in reworked.waiting(pk=row.source_key) if (due := _rework(loop))), None)
    model, build = OF_ERP[Occasion(row.occasion)]
    told: Any = model.objects.live().filter(pk=row.source_key).first()
    due = build(told) if told else None
    return due if due and due.key == row.key else None


def try_again(*, occasion: InspectionOccasion, by: Any) -> Inspection | None:
    """Now, whatever the clock says; begun by the automation as ever. Raises Forbidden, Conflict."""
    access.check(by, MANAGE, occasion)
    return _again(still_waiting(occasion))


def asking(occasion: Occasion) -> Any:
    """Editions of plans that an occasion begins; an incoming one that names none waits for receipts."""
    named = Q(occasions__contains=[occasion])
    if occasion == Occasion.RECEIPT:
        named |= Q(occasions=[], kind=InspectionKind.INCOMING)
    return InspectionPlan.objects.filter(named)


def _plan_for(line: Any, occasion: Occasion, **scope: Any) -> InspectionPlan | None:
    """Of the kinds whose plans ask for the occasion, the usual one before the others."""
    return _plan_of(line, occasion, revision=line.lot.revision if line.lot else "", **scope)


def _plan_of(told: Any, occasion: Occasion, **scope: Any) -> InspectionPlan | None:
    kinds = asking(occasion).filter(site=told.site_id, item=told.item, state="RELEASED").values_list("kind", flat=True)
    usual = BEFORE_KIND[occasion]
    for kind in sorted(set(kinds), key=lambda one: (one != usual, one)):
        plan = plans.applicable(item=told.item, kind=kind, site=told.site_id, **scope)
        if plan and occasion in plan.begins_at:
            return plan
    return None


# --- receipts of the ERP --------------------------------------------------------------------------------------------------


def receipts() -> Iterator[Due]:
    """Every receipt line since the release of a plan that fits and that has no inspection yet."""
    for line in _new_receipts(Occasion.RECEIPT):
        if due := _receipt(line):
            yield due


def returns() -> Iterator[Due]:
    """The same of what customers sent back."""
    for line in _new_receipts(Occasion.RETURN):
        if due := _return(line):
            yield due


def _new_receipts(occasion: Occasion) -> Any:
    """Newest first, of parts that had a plan when the line arrived; `_is_since` asks for the very plan."""
    seen = Inspection.objects.filter(receipt_line__isnull=False).values("receipt_line")
    rows = (
        ReceiptLine.objects.live()
        .filter(quantity__gt=0, receipt__receipt_date__gte=_since(occasion))
        .filter(receipt__is_return=occasion == Occasion.RETURN)
        .exclude(pk__in=seen)
        .exclude(pk__in=_tried(occasion))
    )
    told = ("item__unit", "receipt__supplier", "receipt__customer", "lot", "unit")
    return rows.select_related(*told).order_by("-pk")[:MOST]


def _since(occasion: Occasion) -> Subquery:
    """The day of the first plan of the part that asked for it."""
    ever = asking(occasion).filter(released_at__isnull=False, item=OuterRef("item"))
    return Subquery(ever.order_by("released_at").values("released_at__date")[:1])


def _tried(occasion: Occasion) -> Any:
    return InspectionOccasion.objects.filter(occasion=occasion).values("source_key")


def _can_begin(line: ReceiptLine) -> bool:
    told = line.receipt is not None and not line.receipt.gone_at and line.receipt.receipt_date
    return bool(told) and line.site_id is not None and line.item is not None


def _receipt(line: ReceiptLine) -> Due | None:
    receipt = line.receipt
    if not _can_begin(line) or receipt.is_return:
        return None
    plan = _plan_for(line, Occasion.RECEIPT, supplier=receipt.supplier)
    if plan is None or not _is_since(plan, receipt.receipt_date):
        return None

    def given() -> dict[str, Any]:
        return {
            **_lot_of(line), "supplier": receipt.supplier, "receipt_line": line,
            "arrived_at": _day(receipt.receipt_date),
        }  # fmt: skip

    return Due(
        Occasion.RECEIPT, plan, f"receipt:{line.pk}", line.pk, _("Receipt %(number)s, %(part)s")
        % {"number": receipt.number, "part": line.item.number}, given, lambda: _begun_by_hand(line),
    )  # fmt: skip


def _return(line: ReceiptLine) -> Due | None:
    receipt = line.receipt
    if not _can_begin(line) or not receipt.is_return:
        return None
    plan = _plan_for(line, Occasion.RETURN, customer=receipt.customer)
    if plan is None or not _is_since(plan, receipt.receipt_date):
        return None
    subject = _("Return %(number)s, %(part)s") % {"number": receipt.number, "part": line.item.number}
    return Due(
        Occasion.RETURN, plan, f"return:{line.pk}", line.pk, subject,
        lambda: {**_lot_of(line), "receipt_line": line, "arrived_at": _day(receipt.receipt_date)},
        lambda: _begun_by_hand(line),
    )  # fmt: skip


def _begun_by_hand(line: ReceiptLine) -> Inspection | None:
    rows = Inspection.objects.filter(receipt_line=line, resubmits=None).exclude(state="CANCELLED")
    return rows.filter(occasion=None).first()


def _day(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _is_since(plan: InspectionPlan, day: date) -> bool:
    """What had arrived before there was a plan is not inspected afterwards."""
    editions = InspectionPlan.objects.filter(family=plan.family, released_at__isnull=False)
    first = editions.aggregate(at=Min("released_at"))["at"]
    return bool(first.date() <= day)


def _lot_of(line: Any) -> dict[str, Any]:
    return {
        "quantity": base_quantity(line),
        "lot": line.lot,
        "lot_number": line.lot.number if line.lot else "",
    }


# --- finished orders of the ERP -------------------------------------------------------------------------------------------


def productions() -> Iterator[Due]:
    """Every order that the ERP has received into stock since the release of a plan that fits."""
    rows = ProductionOrder.objects.live().filter(quantity__gt=0, finished_date__gte=_since(Occasion.PRODUCTION))
    rows = rows.exclude(pk__in=_tried(Occasion.PRODUCTION)).select_related("item__unit", "unit")
    for order in rows.order_by("-pk")[:MOST]:
        if due := _production(order):
            yield due


def _production(order: ProductionOrder) -> Due | None:
    if order.finished_date is None or not order.quantity or order.site_id is None or order.item is None:
        return None
    plan = _plan_of(order, Occasion.PRODUCTION, revision=order.revision)
    if plan is None or not _is_since(plan, order.finished_date):
        return None
    day = order.finished_date

    def given() -> dict[str, Any]:
        lot = _made(order)
        return {
            "quantity": base_quantity(order), "order": order, "lot": lot, "lot_number": lot.number if lot else "",
            "arrived_at": _day(day),
        }  # fmt: skip

    subject = _("Order %(number)s finished, %(part)s") % {"number": order.number, "part": order.item.number}
    return Due(Occasion.PRODUCTION, plan, f"production:{order.pk}", order.pk, subject, given)


def _made(order: ProductionOrder) -> Lot | None:
    """The one lot of the part that the order made; None where the ERP tells none or several."""
    edges = GenealogyEdge.objects.live().filter(order=order, to_lot__item=order.item)
    found = list(Lot.objects.filter(pk__in=edges.values("to_lot"))[:2])
    return found[0] if len(found) == 1 else None


# --- shipments of the ERP -------------------------------------------------------------------------------------------------


def shipments() -> Iterator[Due]:
    """Every line of a shipment that has not left, as it stands: another lot or quantity is inspected anew."""
    items = asking(Occasion.SHIPMENT).filter(state="RELEASED").values("item")
    rows = ShipmentLine.objects.live().filter(
        item__in=items, quantity__gt=0, shipment__shipped_date=None, shipment__gone_at=None
    )
    found = [
        due
        for line in rows.select_related("item__unit", "shipment__customer", "lot", "unit").order_by("-pk")[:MOST]
        if (due := _shipment(line))
    ]
    known = set(InspectionOccasion.objects.filter(key__in=[due.key for due in found]).values_list("key", flat=True))
    yield from (due for due in found if due.key not in known)


def _shipment(line: ShipmentLine) -> Due | None:
    shipment = line.shipment
    if shipment is None or shipment.gone_at or shipment.shipped_date or line.site_id is None or line.item is None:
        return None
    plan = _plan_for(line, Occasion.SHIPMENT, customer=shipment.customer)
    if plan is None or not line.quantity:
        return None
    key = f"shipment:{line.pk}:{show(line.quantity)}:{line.lot_id or '-'}"
    subject = _("Shipment %(number)s, %(part)s, %(quantity)s") % {
        "number": shipment.number, "part": line.item.number, "quantity": show(line.quantity),
    }  # fmt: skip
    return Due(Occasion.SHIPMENT, plan, key, line.pk, subject, lambda: {**_lot_of(line), "shipment_line": line})


# --- rework of nonconformances --------------------------------------------------------------------------------------------


def reworks() -> Iterator[Due]:
    """Every loop whose work is done since the plan asks for it; where none does, somebody re-inspects by hand."""
    for loop in reworked.asked(asking(Occasion.REWORK).filter(state="RELEASED")):
        due = _rework(loop)
        if due and not InspectionOccasion.objects.filter(key=due.key).exists():
            yield due


def _rework(loop: ReworkLoop) -> Due | None:
    of = loop.line.ncr
    for kind in sorted(
        set(asking(Occasion.REWORK).filter(site=of.site_id, item=of.item).values_list("kind", flat=True))
    ):
        plan = plans.applicable(
            item=of.item, kind=kind, site=of.site_id, revision=of.part_revision, supplier=of.supplier
        )
        if plan and Occasion.REWORK in plan.begins_at and plan.released_at and plan.released_at <= loop.done_at:
            subject = _("Rework of %(number)s, loop %(loop)s, %(part)s") % {
                "number": of.number, "loop": loop, "part": of.part_number,
            }  # fmt: skip
            return Due(Occasion.REWORK, plan, f"rework:{loop.pk}", loop.pk, subject, lambda: reworked.given(loop))
    return None


# --- the clock ------------------------------------------------------------------------------------------------------------


def intervals() -> Iterator[Due]:
    for plan in _recurring():
        due = _interval(plan)
        if due and not InspectionOccasion.objects.filter(key=due.key).exists():
            yield due


def _recurring(pk: int | None = None) -> Any:
    rows = asking(Occasion.RECURRING).filter(state="RELEASED").select_related("item__unit", "site")
    return rows.filter(pk=pk) if pk else rows.order_by("pk")[:MOST]


def _interval(plan: InspectionPlan, key: str = "") -> Due | None:
    """Counted from the release; a time in which nothing ran is not made up for. `key`: an earlier one, as it was."""
    assert plan.every_hours and plan.released_at
    turn = int((now() - plan.released_at).total_seconds() // (plan.every_hours * 3600))
    if turn < 1 and not key:
        return None
    subject = _("%(plan)s, every %(hours)s h, %(part)s") % {
        "plan": plan.number, "hours": plan.every_hours, "part": plan.part_number,
    }  # fmt: skip
    return Due(
        Occasion.RECURRING, plan, key or f"recurring:{plan.pk}:{turn}", plan.pk, subject,
        lambda: {"quantity": Decimal(plan.size or 1), "supplier": plan.supplier},
    )  # fmt: skip


def base_quantity(line: Any) -> Decimal:
    """In the part's own unit, exactly. Raises Invalid where the ERP says no factor."""
    own, told = line.item.unit, line.unit
    if told is None or own is None or told.pk == own.pk:
        return Decimal(line.quantity)
    if told.category != own.category or not told.factor or not own.factor:
        raise Invalid(
            _("%(number)s was received in %(unit)s, which the ERP does not convert into %(own)s.")
            % {"number": line.number, "unit": told.number, "own": own.number},
            field="quantity",
        )
    return Decimal(line.quantity * told.factor / own.factor).quantize(STEP)


# What the ERP tells: the row behind an occasion, and the occasion that it is now.
OF_ERP: dict[Occasion, tuple[Any, Callable[[Any], Due | None]]] = {
    Occasion.RECEIPT: (ReceiptLine, _receipt),
    Occasion.RETURN: (ReceiptLine, _return),
    Occasion.PRODUCTION: (ProductionOrder, _production),
    Occasion.SHIPMENT: (ShipmentLine, _shipment),
}
