"""Inspections that follow from what the ERP tells: a receipt line of a part with a released plan is inspected, once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Min, OuterRef, Subquery
from django.utils.translation import gettext as _

from qms.accounts.models import User
from qms.lib.errors import Invalid, Refusal
from qms.lib.quantity import STEP
from qms.masterdata.models import ReceiptLine

from ..choices import InspectionKind, LotOrigin
from ..models import Inspection, InspectionPlan
from ..queries import plans
from .lots import open_lot, release

ACCOUNT = "automation"  # stands in the trail for what rules and triggers do; it has no password and no token
MOST = 500  # lines of one round; the next one goes on


@dataclass(frozen=True)
class Scope:
    """What the account may do here: release, on the site of the plan."""

    sites: set[int]
    permissions: frozenset[str] = frozenset({"inspection.manage", "inspection.view"})


def inspect_receipts() -> list[Inspection]:
    """Every receipt line since the release of a plan that fits and that has no inspection yet. A line that cannot be inspected holds up
    no other; it is tried again with the next round."""
    made = []
    for line in _waiting():
        plan = _plan_for(line)
        if plan is None or not _is_since(plan, line):
            continue
        try:
            made.append(_inspect(plan, line))
        except Refusal:
            continue
    return made


def _waiting() -> Any:
    """Newest first, of parts that had a plan when the line arrived; `_is_since` asks for the very plan."""
    ever = InspectionPlan.objects.filter(kind=InspectionKind.INCOMING, released_at__isnull=False)
    since = ever.filter(item=OuterRef("item")).order_by("released_at").values("released_at__date")[:1]
    seen = Inspection.objects.filter(receipt_line__isnull=False).values("receipt_line")
    rows = (
        ReceiptLine.objects.live()
        .filter(quantity__gt=0, receipt__receipt_date__gte=Subquery(since))
        .exclude(pk__in=seen)
    )
    return rows.select_related("item__unit", "receipt__supplier", "lot", "unit").order_by("-pk")[:MOST]


def _plan_for(line: ReceiptLine) -> InspectionPlan | None:
    receipt = line.receipt
    if receipt is None or receipt.gone_at or line.site_id is None:
        return None
    return plans.applicable(
        item=line.item, kind=InspectionKind.INCOMING, site=line.site_id, supplier=receipt.supplier,
        revision=line.lot.revision if line.lot else "",
    )  # fmt: skip


def _is_since(plan: InspectionPlan, line: ReceiptLine) -> bool:
    """What had arrived before there was a plan is not inspected afterwards."""
    editions = InspectionPlan.objects.filter(family=plan.family, released_at__isnull=False)
    first = editions.aggregate(at=Min("released_at"))["at"]
    return bool(first.date() <= line.receipt.receipt_date)


def _inspect(plan: InspectionPlan, line: ReceiptLine) -> Inspection:
    """Created and released; where the release is refused (sampling discontinued), it stays created and says why."""
    agent = User.objects.get(username=ACCOUNT)
    agent.token_scope = Scope({plan.site_id})  # type: ignore[attr-defined]  # as a token's scope: access asks for it
    made = open_lot(
        plan=plan, quantity=base_quantity(line), by=agent, origin=LotOrigin.RECEIPT, lot=line.lot,
        lot_number=line.lot.number if line.lot else "", supplier=line.receipt.supplier, receipt_line=line,
        arrived_at=datetime.combine(line.receipt.receipt_date, time(), UTC),
    )  # fmt: skip
    try:
        with transaction.atomic():
            return release(inspection=made, by=agent)
    except Refusal:
        return made


def base_quantity(line: ReceiptLine) -> Decimal:
    """In the part's own unit, exactly. Raises Invalid where the ERP says no factor."""
    own, told = line.item.unit, line.unit
    if told is None or own is None or told.pk == own.pk:
        return line.quantity
    if told.category != own.category or not told.factor or not own.factor:
        raise Invalid(
            _("%(number)s was received in %(unit)s, which the ERP does not convert into %(own)s.")
            % {"number": line.number, "unit": told.number, "own": own.number},
            field="quantity",
        )
    return Decimal(line.quantity * told.factor / own.factor).quantize(STEP)
