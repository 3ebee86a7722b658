"""What an ERP told us, and what we ask of it, in the QMS's own words. Frozen, and free of any system's spelling.

`external_id` is the other system's key, as text; numbers are shown and never trusted to be unique. `changed_at` is
the latest change of the record or of any part of it, aware UTC. `raw` is what was received, with numbers as text.
Quantities are Decimal in the unit whose external id stands beside them; None means that the ERP gave no value.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any


@dataclass(frozen=True, kw_only=True)
class MirrorRecord:
    external_id: str
    number: str
    changed_at: dt.datetime | None
    raw: Mapping[str, Any] = field(repr=False, default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class UnitRecord(MirrorRecord):
    """`number` is the symbol. One unit is `factor` of its category's base unit; `rounding` is the smallest step."""

    name: str
    category: str
    factor: Decimal
    rounding: Decimal
    digits: int
    is_active: bool = True


@dataclass(frozen=True, kw_only=True)
class ItemRecord(MirrorRecord):
    """`revision` is empty where the ERP keeps none."""

    name: str
    kind: str
    unit_id: str
    revision: str = ""
    is_lot_controlled: bool = False
    is_purchased: bool = False
    is_produced: bool = False
    is_active: bool = True


@dataclass(frozen=True, kw_only=True)
class SupplierRecord(MirrorRecord):
    name: str
    city: str = ""
    email: str = ""
    is_active: bool = True


@dataclass(frozen=True, kw_only=True)
class CustomerRecord(MirrorRecord):
    name: str
    city: str = ""
    email: str = ""
    is_active: bool = True


@dataclass(frozen=True, kw_only=True)
class RevisionRecord(MirrorRecord):
    """A revision of a part where the ERP keeps them; `number` is its name ("C")."""

    item_id: str
    description: str = ""
    valid_from: dt.date | None = None
    state: str = ""


@dataclass(frozen=True, kw_only=True)
class CostRecord(MirrorRecord):
    """What one `unit_id` of the part costs by the ERP's books, since `valid_from`; `currency` is its ISO code."""

    item_id: str
    amount: Decimal | None
    currency: str
    unit_id: str | None
    valid_from: dt.date | None = None


@dataclass(frozen=True, kw_only=True)
class EquipmentRecord(MirrorRecord):
    name: str
    kind: str = ""
    work_center_id: str | None = None
    is_active: bool = True


@dataclass(frozen=True, kw_only=True)
class DocumentReferenceRecord(MirrorRecord):
    """A document that another system keeps. `about_object` is one of the mirror's objects ("items"), `about_ref` the
    external id there; `item_id` repeats it for parts."""

    title: str
    kind: str = ""
    url: str = ""
    item_id: str | None = None
    about_object: str = ""
    about_ref: str = ""


@dataclass(frozen=True, kw_only=True)
class RoutingStep:
    external_id: str
    sequence: int | None
    operation_id: str | None
    work_center_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class RoutingRecord(MirrorRecord):
    name: str
    is_active: bool = True
    steps: tuple[RoutingStep, ...] = ()


@dataclass(frozen=True, kw_only=True)
class BomLine:
    external_id: str
    item_id: str
    quantity: Decimal
    unit_id: str | None


@dataclass(frozen=True, kw_only=True)
class BomRecord(MirrorRecord):
    """What `quantity` of the item is made of. `revision` is empty where the ERP keeps none."""

    item_id: str | None
    quantity: Decimal | None
    unit_id: str | None
    name: str = ""
    revision: str = ""
    routing_id: str | None = None
    is_active: bool = True
    lines: tuple[BomLine, ...] = ()


@dataclass(frozen=True, kw_only=True)
class WorkCenterRecord(MirrorRecord):
    name: str
    category: str = ""
    parent_id: str | None = None
    is_active: bool = True


@dataclass(frozen=True, kw_only=True)
class OperationRecord(MirrorRecord):
    name: str
    category: str = ""
    is_active: bool = True


@dataclass(frozen=True, kw_only=True)
class PurchaseOrderLine:
    external_id: str
    item_id: str | None
    quantity: Decimal
    unit_id: str | None
    unit_price: Decimal | None = None
    due_date: dt.date | None = None


@dataclass(frozen=True, kw_only=True)
class PurchaseOrderRecord(MirrorRecord):
    supplier_id: str
    state: str
    ordered_date: dt.date | None
    reference: str = ""
    currency: str = ""
    lines: tuple[PurchaseOrderLine, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ReceiptLine:
    external_id: str
    item_id: str
    lot_id: str | None
    quantity: Decimal
    unit_id: str
    state: str
    order_line_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class ReceiptRecord(MirrorRecord):
    """`reference` is the supplier's delivery note. A return (`is_return`) comes from the customer, and has no supplier."""

    supplier_id: str | None
    state: str
    received_date: dt.date | None
    reference: str = ""
    is_return: bool = False
    customer_id: str | None = None
    lines: tuple[ReceiptLine, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ProductionOperation:
    external_id: str
    sequence: int | None
    operation_id: str
    work_center_id: str | None
    state: str
    is_running: bool = False


@dataclass(frozen=True, kw_only=True)
class LotMove:
    """What an order takes (inputs) or makes (outputs): the raw material of genealogy."""

    external_id: str
    item_id: str
    lot_id: str | None
    quantity: Decimal
    unit_id: str
    state: str


@dataclass(frozen=True, kw_only=True)
class GenealogyEdge:
    """An edge that an order tells with itself: so much of one lot went into another."""

    external_id: str
    from_lot_id: str | None
    to_lot_id: str | None
    quantity: Decimal | None
    unit_id: str | None
    document: str = ""


@dataclass(frozen=True, kw_only=True)
class ProductionOrderRecord(MirrorRecord):
    item_id: str | None
    quantity: Decimal | None
    unit_id: str | None
    state: str
    planned_date: dt.date | None
    finished_date: dt.date | None
    reference: str = ""
    revision: str = ""
    operations: tuple[ProductionOperation, ...] = ()
    inputs: tuple[LotMove, ...] = ()
    outputs: tuple[LotMove, ...] = ()
    edges: tuple[GenealogyEdge, ...] = ()


@dataclass(frozen=True, kw_only=True)
class LotRecord(MirrorRecord):
    """`number` is unique neither in the ERP nor within an item: a lot is its external id."""

    item_id: str
    revision: str = ""
    is_active: bool = True


@dataclass(frozen=True, kw_only=True)
class SerialRecord(MirrorRecord):
    item_id: str
    lot_id: str | None = None
    state: str = ""
    is_active: bool = True


@dataclass(frozen=True, kw_only=True)
class GenealogyRecord(MirrorRecord):
    """An edge told on its own. `number` is shown; `order_id` and `document` say by what it came to be."""

    from_lot_id: str | None = None
    to_lot_id: str | None = None
    from_serial_id: str | None = None
    to_serial_id: str | None = None
    order_id: str | None = None
    document: str = ""
    quantity: Decimal | None = None
    unit_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class StockRecord(MirrorRecord):
    """What lies in one place. `external_id` is "part:lot:place"; `place_role` is a PlaceRole or empty."""

    item_id: str
    lot_id: str | None
    place_code: str
    place_name: str
    place_role: str
    quantity: Decimal
    unit_id: str


@dataclass(frozen=True, kw_only=True)
class ShipmentLine:
    external_id: str
    item_id: str
    lot_id: str | None
    quantity: Decimal
    unit_id: str
    state: str


@dataclass(frozen=True, kw_only=True)
class ShipmentRecord(MirrorRecord):
    """What left for a customer."""

    customer_id: str | None
    state: str
    shipped_date: dt.date | None
    reference: str = ""
    lines: tuple[ShipmentLine, ...] = ()


class PostingKind(StrEnum):
    HOLD = "HOLD"
    RELEASE = "RELEASE"
    SCRAP = "SCRAP"
    RETURN = "RETURN"
    REGRADE = "REGRADE"
    REVERSAL = "REVERSAL"


class PlaceRole(StrEnum):
    """Where stock lies, by its meaning; each connection's settings say which location that is. A supplier's is its own."""

    STORAGE = "storage"
    QUARANTINE = "quarantine"
    SCRAP = "scrap"
    SUPPLIER = "supplier"


@dataclass(frozen=True, kw_only=True)
class PostingIntent:
    """One movement that the ERP is asked for. `reference` (at most 16 characters) is unique for ever: it is written
    into the ERP's document and looked up there before anything is created.

    A regrade arrives as `to_item_id`, in the lot `to_lot_id` or else one of the number `lot_number`; a return goes to
    `supplier_id`. A reversal is the counter movement of a posting of the kind `undoes`.
    """

    kind: PostingKind
    reference: str
    item_id: str
    lot_id: str | None
    quantity: Decimal
    unit_id: str
    from_role: PlaceRole
    to_role: PlaceRole
    planned_date: dt.date
    lot_number: str = ""
    to_item_id: str | None = None
    to_lot_id: str | None = None
    supplier_id: str | None = None
    undoes: PostingKind | None = None

    @property
    def keys(self) -> dict[str, str | None]:
        """What moves, in the ERP's own keys."""
        return {"item_id": self.item_id, "lot_id": self.lot_id, "unit_id": self.unit_id}


@dataclass(frozen=True, kw_only=True)
class PostingResult:
    """What stands in the ERP after the posting, read back and equal to the intent. `read_back`: item_id, lot_id,
    quantity (text), unit_id, from_role, to_role, state; of a regrade also to_item_id and to_lot_id."""

    document_number: str
    external_id: str
    state: str
    read_back: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class DocumentFound:
    """A document over there that carries one of our references. `is_done`: it moved stock; what is cancelled is not told.
    `quantity` is the sum of what it moves, None where the ERP does not say."""

    reference: str
    number: str
    external_id: str
    state: str
    is_done: bool
    item_id: str | None = None
    lot_id: str | None = None
    quantity: Decimal | None = None
