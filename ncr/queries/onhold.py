"""Which holds stand on what somebody names: a lot, an order, or single pieces by their serial numbers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, F, OuterRef, Q

from qms.masterdata.models import Crosswalk, Serial

from ..models import AffectedSerial, Hold, ProductionEvent


def pieces(serials: Iterable[str]) -> Q:
    """Of a hold: one of these pieces is held. Where the NCR names its pieces and the hold covers no more, only those are;
    else all that the lot contains, as far as the ERP says what it contains."""
    numbers = list(serials)
    named = AffectedSerial.objects.filter(ncr=OuterRef("ncr"))
    of_its_lot = Q(ncr__lot=None) | Q(ncr__lot=F("lot"))
    inside = Serial.objects.live().filter(lot=OuterRef("lot"), number__in=numbers)
    return Q(Exists(named.filter(number__in=numbers))) & of_its_lot | Q(Exists(inside)) & ~only_pieces()


def only_pieces() -> Q:
    """Of a hold: it covers no more than the pieces that its NCR names."""
    named = AffectedSerial.objects.filter(ncr=OuterRef("ncr"))
    of_its_lot = Q(ncr__lot=None) | Q(ncr__lot=F("lot"))
    return Q(Exists(named)) & of_its_lot & Q(quantity__lte=F("ncr__affected_quantity"))


def holds_on(row: ProductionEvent) -> Any:
    """Holds of the site that stand on what the event names, in force or not; a cancelled one never did."""
    if row.lot_number:
        broad = Q(lot_number__in=[row.lot_number, *_meant("lot", row.lot_number)])
    elif row.order_number:
        broad = Q(ncr__order_number__in=[row.order_number, *_meant("order", row.order_number)])
    else:
        broad = Q(pk__in=[])
    target = pieces(row.serials) | broad & ~only_pieces() if row.serials else broad
    if row.part_number:
        target &= Q(ncr__part_number__in=[row.part_number, *_meant("item", row.part_number)])
    return Hold.objects.filter(target, site_id=row.site_id).exclude(state="CANCELLED").order_by("pk")


def _meant(kind: str, name: str) -> Iterable[str]:
    """Whatever a MES may mean by its own name of a thing: too many suspicions are better than one too few."""
    rows = Crosswalk.objects.standing().filter(kind=kind, foreign_value=name).exclude(local_value="")
    return rows.values_list("local_value", flat=True)
