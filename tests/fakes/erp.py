"""An ERP in memory behind the adapter's shape: it yields no call, so no socket is needed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from connectors import messages as m
from connectors.base import BadRow, KeyPage, Page
from connectors.messages import PostingIntent, PostingResult

DAY = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)


def at(minutes: int) -> dt.datetime:
    return DAY + dt.timedelta(minutes=minutes)


@dataclass
class FakeErp:
    """`rows` by object; a changed row is put again. The cursor is a position in the log of changes."""

    snapshots: Any = ()
    objects: tuple[str, ...] = ("units", "items", "suppliers", "lots", "purchase-orders", "receipts")
    page_size: int = 2
    log: dict[str, list[m.MirrorRecord]] = field(default_factory=dict)
    bad: dict[str, tuple[BadRow, ...]] = field(default_factory=dict)
    trouble: dict[str, Exception] = field(default_factory=dict)
    posted: list[PostingIntent] = field(default_factory=list)
    on_post: Callable[[PostingIntent], PostingResult] | None = None
    on_cancel: Callable[[PostingIntent], PostingResult | None] | None = None
    taken_back: list[PostingIntent] = field(default_factory=list)

    def put(self, object: str, *records: m.MirrorRecord) -> None:
        self.log.setdefault(object, []).extend(records)

    def drop(self, object: str, external_id: str) -> None:
        self.log[object] = [row for row in self.log[object] if row.external_id != external_id]

    def pull(self, object_name: str, cursor: str | None, settings: Any) -> Iterator[Any]:
        if object_name in self.trouble:
            raise self.trouble[object_name]
        log, start = self.log.get(object_name, []), int(cursor or 0)
        end = min(start + self.page_size, len(log))
        bad = self.bad.get(object_name, ()) if start == 0 else ()
        return Page(tuple(log[start:end]), str(end), end < len(log), bad)
        yield

    def read_one(self, object_name: str, external_id: str, settings: Any) -> Iterator[Any]:
        if object_name in self.trouble:
            raise self.trouble[object_name]
        found = [row for row in self.log.get(object_name, []) if row.external_id == external_id]
        return found[-1] if found else None
        yield

    def keys(self, object_name: str, after: str | None, settings: Any) -> Iterator[Any]:
        return KeyPage(tuple({row.external_id for row in self.log.get(object_name, [])}), None)
        yield

    def post(self, intent: PostingIntent, settings: Any) -> Iterator[Any]:
        self.posted.append(intent)
        if self.on_post:
            return self.on_post(intent)
        return posted(intent, f"DOC{len(self.posted)}")
        yield

    def cancel(self, intent: PostingIntent, settings: Any) -> Iterator[Any]:
        self.taken_back.append(intent)
        return self.on_cancel(intent) if self.on_cancel else None
        yield


def posted(intent: PostingIntent, number: str, **differs: Any) -> PostingResult:
    read_back = {
        "item_id": intent.item_id,
        "lot_id": intent.lot_id,
        "unit_id": intent.unit_id,
        "quantity": str(intent.quantity),
        "from_role": intent.from_role.value,
        "to_role": intent.to_role.value,
        "state": "done",
    }
    if intent.to_item_id:
        read_back |= {"to_item_id": intent.to_item_id, "to_lot_id": intent.to_lot_id or "99"}
    return PostingResult(document_number=number, external_id="1", state="done", read_back=read_back | differs)


def unit(key: str = "1", **more: Any) -> m.UnitRecord:
    fields = {"number": "pcs", "name": "Piece", "category": "Unit", "changed_at": at(0)} | more
    return m.UnitRecord(external_id=key, factor=Decimal(1), rounding=Decimal(1), digits=0, **fields)


def item(key: str, **more: Any) -> m.ItemRecord:
    fields = {"number": f"ITEM-{key}", "name": f"Item {key}", "kind": "goods", "changed_at": at(0)}
    fields |= {"raw": {"id": int(key), "write_date": None}} | more
    return m.ItemRecord(external_id=key, unit_id="1", **fields)


def lot(key: str, item_id: str, **more: Any) -> m.LotRecord:
    fields = {"number": f"LOT-{key}", "changed_at": at(0)} | more
    return m.LotRecord(external_id=key, item_id=item_id, **fields)


def supplier(key: str, **more: Any) -> m.SupplierRecord:
    return m.SupplierRecord(external_id=key, number=f"SUP-{key}", name=f"Supplier {key}", changed_at=at(0), **more)


def order(key: str, *lines: str, minute: int = 0, supplier_id: str = "1") -> m.PurchaseOrderRecord:
    return m.PurchaseOrderRecord(
        external_id=key,
        number=f"PO-{key}",
        changed_at=at(minute),
        supplier_id=supplier_id,
        state="processing",
        ordered_date=dt.date(2026, 3, 1),
        lines=tuple(
            m.PurchaseOrderLine(external_id=line, item_id="1", quantity=Decimal(5), unit_id="1") for line in lines
        ),
    )


def changed(record: Any, minute: int, **values: Any) -> Any:
    return replace(record, changed_at=at(minute), **values)
