"""What the floor's entry needs to know: what a scanned code names, and which defects are likely there."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Max

from qms.accounts import access
from qms.lib import scan
from qms.lib.clock import now
from qms.lib.quantity import show
from qms.masterdata import queries as masterdata
from qms.masterdata.models import (
    Freshness,
    Item,
    Lot,
    ProductionOperation,
    ProductionOrder,
    Serial,
    StockLine,
    Supplier,
)
from qms.masterdata.queries import read_at

from ..models import DefectCode, Nonconformance

TILES, LOOKED_AT, CHOICES = 8, 2000, 8


@dataclass(frozen=True)
class Whole:
    """All there is: of the lot in stock, or of the order."""

    quantity: Decimal
    of: str  # lot, order

    @property
    def text(self) -> str:
        return show(self.quantity)


@dataclass(frozen=True)
class Place:
    """What a code names. `key` says which one when a number fits several; no `part` = the ERP does not know the code."""

    scan: scan.Scan
    key: str = ""
    part: Item | None = None
    lot: Lot | None = None
    serial: Serial | None = None
    order: ProductionOrder | None = None
    operations: list[ProductionOperation] = field(default_factory=list)
    operation: ProductionOperation | None = None
    supplier: Supplier | None = None
    read_at: datetime | None = None
    whole: Whole | None = None
    several: list["Place"] = field(default_factory=list)

    @property
    def unit(self) -> str:
        return self.part.unit.number if self.part and self.part.unit else ""

    @property
    def lot_text(self) -> str:
        """Kept on the record when the ERP knows no such lot. A code that names a part is no lot."""
        if self.lot or self.serial or self.order:
            return ""
        return self.scan.lot or ("" if self.key else self.scan.text)

    @property
    def serial_text(self) -> str:
        return self.serial.number if self.serial else self.scan.serial

    @property
    def site_id(self) -> int | None:
        return next((row.site_id for row in (self.lot, self.serial, self.order) if row and row.site_id), None)


def place(code: str, user: Any, *, key: str = "", operation: str = "", part: str = "") -> Place:
    """Lot first, then serial number, order, part. `operation`: key of the order's operation; `part`: number chosen by hand."""
    found = scan.parse(code)
    places = _places(found, user)
    if key:
        places = [each for each in places if each.key == key]
    if len(places) > 1:
        return Place(found, several=places[:CHOICES])
    if not places:
        return Place(found, part=_part(part, user), read_at=last_read())
    return _whole(_operation(_supplied(places[0]), operation))


def _places(found: scan.Scan, user: Any) -> list[Place]:
    for look in (_lots, _serials, _orders, _items):
        if places := look(found, user):
            return places
    return []


def _named(model: Any, user: Any, *texts: str) -> list[Any]:
    """Live rows of the number, as it stands or in capitals: people type what labels shout."""
    rows = model.objects.visible_to(user).live().select_related(*JOINED[model])
    for text in filter(None, texts):
        found = list(rows.filter(number=text)[: CHOICES + 1])
        found = found or (list(rows.filter(number=text.upper())[: CHOICES + 1]) if text != text.upper() else [])
        if found:
            return found
    return []


JOINED: dict[Any, tuple[str, ...]] = {
    Lot: ("item__unit",),
    Serial: ("item__unit", "lot"),
    ProductionOrder: ("item__unit",),
    Item: ("unit",),
}


def _lots(found: scan.Scan, user: Any) -> list[Place]:
    rows = _named(Lot, user, found.lot or ("" if found.serial or found.order else found.text))
    return [
        Place(found, f"lot:{row.pk}", part=row.item, lot=row, read_at=read_at(row, "lots")) for row in rows if row.item
    ]


def _serials(found: scan.Scan, user: Any) -> list[Place]:
    rows = _named(Serial, user, found.serial or ("" if found.lot or found.order else found.text))
    return [
        Place(found, f"serial:{row.pk}", part=row.item, lot=row.lot, serial=row, read_at=read_at(row, "serials"))
        for row in rows
        if row.item
    ]


def _orders(found: scan.Scan, user: Any) -> list[Place]:
    rows = _named(ProductionOrder, user, found.order or ("" if found.lot or found.serial else found.text))
    return [
        Place(found, f"order:{row.pk}", part=row.item, order=row, read_at=read_at(row, "production-orders"))
        for row in rows
        if row.item
    ]


def _items(found: scan.Scan, user: Any) -> list[Place]:
    rows = _named(Item, user, found.part, found.gtin, "" if found.lot or found.serial else found.text)
    return [Place(found, f"item:{row.pk}", part=row, read_at=read_at(row, "items")) for row in rows]


def _part(number: str, user: Any) -> Item | None:
    rows = list(Item.objects.visible_to(user).live().select_related("unit").filter(number=number.strip())[:2])
    return rows[0] if len(rows) == 1 else None


def _supplied(here: Place) -> Place:
    """The supplier of the lot, by the last receipt that brought it."""
    return replace(here, supplier=masterdata.supplier_of(here.lot)) if here.lot else here


def _operation(here: Place, chosen: str) -> Place:
    """The operation that was chosen, else the one that runs."""
    if here.order is None:
        return here
    steps = list(here.order.operations.filter(gone_at=None).select_related("operation", "work_center"))
    steps.sort(key=lambda step: (step.sequence is None, step.sequence or 0, step.pk))
    steps = [step for step in steps if step.operation]
    running = [step for step in steps if step.is_running]
    named = next((step for step in steps if str(step.pk) == chosen), None)
    return replace(here, operations=steps, operation=named or (running[-1] if running and not chosen else None))


def _whole(here: Place) -> Place:
    """What lies in stock of the lot, or what the order makes; nothing when its unit is not the part's."""
    if here.lot and here.serial is None and here.part:
        there = StockLine.objects.of_lot(here.lot).exclude(place_role="scrap")
        lines = [line for line in there if line.quantity and line.quantity > 0]
        total = sum((line.quantity for line in lines if line.unit_id == here.part.unit_id), Decimal(0))
        return replace(here, whole=Whole(total, "lot") if total else None)
    if here.order and here.order.quantity and here.part and here.order.unit_id == here.part.unit_id:
        return replace(here, whole=Whole(here.order.quantity, "order"))
    return here


def may_hold(here: Place, user: Any) -> bool:
    """Only what the ERP knows can be held there, by a role that may on the lot's site."""
    sites = access.site_ids(user, "hold.request")
    return here.lot is not None and (sites == access.ALL or here.site_id in sites)


def last_read() -> datetime | None:
    """When lots were last read to their end, of any source; None = never."""
    found: datetime | None = Freshness.objects.filter(object="lots").aggregate(at=Max("read_at"))["at"]
    return found


def catalogue() -> list[DefectCode]:
    """What can be chosen today."""
    today = now().date()
    return list(DefectCode.objects.filter(valid_from__lte=today).exclude(valid_to__lt=today).order_by("code"))


def tiles(here: Place, user: Any, codes: list[DefectCode]) -> list[DefectCode]:
    """The most frequent defects of this part at this operation, filled up with those of the part, of the plant, of the catalogue.

    Of the last 2,000 records each: what was common years ago is no help, and the plant may hold a million.
    """
    seen = Nonconformance.objects.visible_to(user)
    known, found = {code.pk: code for code in codes}, dict[int, DefectCode]()
    ways = [seen.filter(item=here.part, operation=here.operation.operation)] if here.part and here.operation else []
    ways += [seen.filter(item=here.part)] if here.part else []
    for rows in (*ways, seen):
        if len(found) >= TILES:
            break
        counted = Counter(rows.order_by("-pk").values_list("defect_code_id", flat=True)[:LOOKED_AT])
        common = sorted(counted, key=lambda pk: (-counted[pk], pk))
        found |= {pk: known[pk] for pk in common if pk in known and pk not in found}
    found |= {code.pk: code for code in codes if code.pk not in found}
    return list(found.values())[:TILES]
