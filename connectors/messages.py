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
    """`reference` is the supplier's delivery note."""

    supplier_id: str
    state: str
    received_date: dt.date | None
    reference: str = ""
    lines: tuple[ReceiptLine, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ProductionOperation:
    external_id: str
    sequence: int | None
    operation_id: str
    work_center_id: str | None
    state: str


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
class ProductionOrderRecord(MirrorRecord):
    item_id: str | None
    quantity: Decimal | None
    unit_id: str | None
    state: str
    planned_date: dt.date | None
    finished_date: dt.date | None
    reference: str = ""
    operations: tuple[ProductionOperation, ...] = ()
    inputs: tuple[LotMove, ...] = ()
    outputs: tuple[LotMove, ...] = ()


@dataclass(frozen=True, kw_only=True)
class LotRecord(MirrorRecord):
    """`number` is unique neither in the ERP nor within an item: a lot is its external id."""

    item_id: str
    is_active: bool = True


class PostingKind(StrEnum):
    HOLD = "HOLD"
    RELEASE = "RELEASE"
    SCRAP = "SCRAP"


class PlaceRole(StrEnum):
    """Where stock lies, by its meaning; each connection's settings say which location that is."""

    STORAGE = "storage"
    QUARANTINE = "quarantine"
    SCRAP = "scrap"


@dataclass(frozen=True, kw_only=True)
class PostingIntent:
    """One movement that the ERP is asked for. `reference` (at most 16 characters) is unique for ever: it is written
    into the ERP's document and looked up there before anything is created."""

    kind: PostingKind
    reference: str
    item_id: str
    lot_id: str | None
    quantity: Decimal
    unit_id: str
    from_role: PlaceRole
    to_role: PlaceRole
    planned_date: dt.date


@dataclass(frozen=True, kw_only=True)
class PostingResult:
    """What stands in the ERP after the posting, read back and equal to the intent. `read_back`: item_id, lot_id,
    quantity (text), unit_id, from_role, to_role, state."""

    document_number: str
    external_id: str
    state: str
    read_back: Mapping[str, Any]
