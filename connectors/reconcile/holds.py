"""Holds: is what we hold held over there? Stock in quarantine against what our postings have moved there."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

from django.db.models import Case, F, Q, Sum, When

from connectors.messages import PlaceRole
from connectors.models import DifferenceKind
from connectors.models.reconcile import HOLDS
from ncr.models import Hold
from qms.commands.models import Posting
from qms.lib.fields import QuantityField
from qms.lib.quantity import show

from .seen import Count, Seen

HELD = ("ACTIVE", "RELEASE_REQUESTED")
QUARANTINE = PlaceRole.QUARANTINE.value


class Quarantine:
    """Hears the stock as it is told: how much of each lot lies in quarantine."""

    def __init__(self) -> None:
        self.told: dict[str, Decimal] = defaultdict(Decimal)
        self.was_heard = False

    def hear(self, rows: list[Any]) -> None:
        self.was_heard = True
        for row in rows:
            if row["place_role"] == QUARANTINE and row.get("lot_ref"):
                self.told[row["lot_ref"]] += row["quantity"]


def compare(*, source: str, quarantine: Quarantine) -> tuple[list[Seen], list[Count]]:
    """Less there than our postings moved there, and the hold still stands: somebody moved what must not move."""
    holds = Hold.objects.filter(lot__source=source, state__in=HELD).select_related("lot").order_by("pk")
    by_lot: dict[str, list[Hold]] = defaultdict(list)
    for hold in holds:
        by_lot[hold.lot.external_id].append(hold)
    count, seen = Count(HOLDS, here=len(by_lot), there=len(quarantine.told)), []
    for key, moved in _moved(source, list(by_lot)).items():
        there = quarantine.told.get(key, Decimal())
        if moved > there:
            first = by_lot[key][0]
            fields = [["quarantine", show(moved), show(there)]]
            numbers = ", ".join(hold.number for hold in by_lot[key])
            kind = DifferenceKind.DIFFERS if there else DifferenceKind.MISSING_THERE
            seen.append(Seen(HOLDS, key, str(kind), f"{first.lot_number} ({numbers})"[:120], "", first.number, fields))
    count.found = len(seen)
    return seen, [count]


def _moved(source: str, lots: list[str]) -> dict[str, Decimal]:
    """By lot: into quarantine minus out of it, of what the ERP has posted for us."""
    signed = Case(
        When(to_place=QUARANTINE, then=F("quantity")),
        When(from_place=QUARANTINE, then=-F("quantity")),
        default=0,
        output_field=QuantityField(),
    )
    posted = Posting.objects.filter(target=source, state__in=("POSTED", "RECONCILED"), lot__external_id__in=lots)
    moves = posted.filter(Q(to_place=QUARANTINE) | Q(from_place=QUARANTINE)).order_by()
    return dict(moves.values_list("lot__external_id").annotate(moved=Sum(signed)))
