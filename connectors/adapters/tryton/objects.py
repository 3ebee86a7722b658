"""What each of our objects is in Tryton: model, fields, the parts that change without touching it, the translation.

A field that the account may not read is left out of the answer without an error; it then shows as a bad row.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from connectors import messages as m
from connectors.adapters.tryton.values import changes, day, kept, key, key_or_none, number
from connectors.adapters.tryton.wire import Domain, Row

DATES = ("create_date", "write_date")


@dataclass(frozen=True)
class Part:
    """Rows whose change does not touch the record that they belong to. `parent` is the field that leads there."""

    model: str
    parent: str
    only: tuple[Any, ...] = ()

    @property
    def domain(self) -> Domain:
        return [list(self.only)] if self.only else []


@dataclass(frozen=True)
class Source:
    model: str
    fields: tuple[str, ...]
    build: Callable[[Row, dict[str, Any]], m.MirrorRecord]
    parts: tuple[Part, ...] = ()


def to_record(source: Source, row: Row, zone: dt.tzinfo) -> m.MirrorRecord:
    """Raises KeyError, TypeError or ValueError for a row that is not as expected."""
    row = _ordered(row)
    changed_at = max(changes(row, zone), default=None)
    return source.build(row, {"external_id": key(row["id"]), "changed_at": changed_at, "raw": kept(row)})


def _ordered(value: Any) -> Any:
    """Nested rows by id: the ERP gives them in an order that may change while the content does not."""
    if isinstance(value, dict):
        return {name: _ordered(part) for name, part in value.items()}
    if isinstance(value, list) and all(isinstance(part, dict) and "id" in part for part in value):
        return sorted((_ordered(part) for part in value), key=lambda part: int(part["id"]))
    return value


def _nested(prefix: str, *names: str) -> tuple[str, ...]:
    return tuple(f"{prefix}.{name}" for name in (*names, *DATES))


def _unit(row: Row, common: dict[str, Any]) -> m.UnitRecord:
    return m.UnitRecord(
        number=row["symbol"],
        name=row["name"],
        category=row["category"]["name"],
        factor=number(row["factor"]),
        rounding=number(row["rounding"]),
        digits=row["digits"],
        is_active=row["active"],
        **common,
    )


def _item(row: Row, common: dict[str, Any]) -> m.ItemRecord:
    template = row["template"]
    return m.ItemRecord(
        number=row["code"] or f"#{row['id']}",
        name=template["name"],
        kind=template["type"],
        unit_id=key(template["default_uom"]),
        is_lot_controlled=bool(row["lot_required"]),
        is_purchased=template["purchasable"],
        is_produced=template["producible"],
        is_active=row["active"] and template["active"],
        **common,
    )


def _supplier(row: Row, common: dict[str, Any]) -> m.SupplierRecord:
    mails = [contact["value"] for contact in row["contact_mechanisms"] or () if contact["type"] == "email"]
    cities = [address["city"] for address in row["addresses"] or () if address["city"]]
    return m.SupplierRecord(
        number=row["code"],
        name=row["name"] or "",
        city=(cities or [""])[0],
        email=(mails or [""])[0],
        is_active=row["active"],
        **common,
    )


def _work_center(row: Row, common: dict[str, Any]) -> m.WorkCenterRecord:
    return m.WorkCenterRecord(
        number=row["name"],
        name=row["name"],
        category=(row["category"] or {"name": ""})["name"],
        parent_id=key_or_none(row["parent"]),
        is_active=row["active"],
        **common,
    )


def _operation(row: Row, common: dict[str, Any]) -> m.OperationRecord:
    category = (row["work_center_category"] or {"name": ""})["name"]
    return m.OperationRecord(number=row["name"], name=row["name"], category=category, is_active=row["active"], **common)


def _purchase_order(row: Row, common: dict[str, Any]) -> m.PurchaseOrderRecord:
    lines = [
        m.PurchaseOrderLine(
            external_id=key(line),
            item_id=key_or_none(line["product"]),
            quantity=number(line["quantity"]),
            unit_id=key_or_none(line["unit"]),
            unit_price=None if line["unit_price"] is None else number(line["unit_price"]),
            due_date=day(line["delivery_date"]),
        )
        for line in row["lines"] or ()
        if line["type"] == "line"
    ]
    return m.PurchaseOrderRecord(
        number=row["number"] or f"#{row['id']}",
        supplier_id=key(row["party"]),
        state=row["state"],
        ordered_date=day(row["purchase_date"]),
        reference=row["reference"] or "",
        currency=row["currency"]["code"],
        lines=tuple(lines),
        **common,
    )


def _receipt(row: Row, common: dict[str, Any]) -> m.ReceiptRecord:
    lines = [
        m.ReceiptLine(**_move(move), order_line_id=_order_line(move["origin"])) for move in row["incoming_moves"] or ()
    ]
    return m.ReceiptRecord(
        number=row["number"] or f"#{row['id']}",
        supplier_id=key(row["supplier"]),
        state=row["state"],
        received_date=day(row["effective_date"]),
        reference=row["reference"] or "",
        lines=tuple(lines),
        **common,
    )


def _order_line(origin: Any) -> str | None:
    """`purchase.line,5`, as text or as the nested row that REST makes of it."""
    if isinstance(origin, dict):
        return key(origin) if origin.get("__name__") == "purchase.line" else None
    return key(origin) if isinstance(origin, str) and origin.startswith("purchase.line,") else None


def _move(move: Row) -> dict[str, Any]:
    return {
        "external_id": key(move),
        "item_id": key(move["product"]),
        "lot_id": key_or_none(move["lot"]),
        "quantity": number(move["quantity"]),
        "unit_id": key(move["unit"]),
        "state": move["state"],
    }


def _production_order(row: Row, common: dict[str, Any]) -> m.ProductionOrderRecord:
    operations = [
        m.ProductionOperation(
            external_id=key(work),
            sequence=work["sequence"],
            operation_id=key(work["operation"]),
            work_center_id=key_or_none(work["work_center"]),
            state=work["state"],
        )
        for work in row["works"] or ()
    ]
    return m.ProductionOrderRecord(
        number=row["number"] or f"#{row['id']}",
        item_id=key_or_none(row["product"]),
        quantity=None if row["quantity"] is None else number(row["quantity"]),
        unit_id=key_or_none(row["unit"]),
        state=row["state"],
        planned_date=day(row["planned_date"]),
        finished_date=day(row["effective_date"]),
        reference=row["reference"] or "",
        operations=tuple(operations),
        inputs=tuple(m.LotMove(**_move(move)) for move in row["inputs"] or ()),
        outputs=tuple(m.LotMove(**_move(move)) for move in row["outputs"] or ()),
        **common,
    )


def _lot(row: Row, common: dict[str, Any]) -> m.LotRecord:
    return m.LotRecord(number=row["number"], item_id=key(row["product"]), is_active=row["active"], **common)


MOVE = ("product", "lot", "quantity", "unit", "state")

SOURCES: dict[str, Source] = {
    "units": Source(
        "product.uom", ("symbol", "name", "category.name", "factor", "rounding", "digits", "active", *DATES), _unit
    ),
    "items": Source(
        "product.product",
        (
            "code",
            "active",
            "lot_required",
            *DATES,
            *_nested("template", "name", "type", "default_uom", "purchasable", "producible", "active"),
        ),
        _item,
        (Part("product.template", "products"),),
    ),
    "suppliers": Source(
        "party.party",
        (
            "code",
            "name",
            "active",
            *DATES,
            *_nested("addresses", "city"),
            *_nested("contact_mechanisms", "type", "value"),
        ),
        _supplier,
        (Part("party.address", "party"), Part("party.contact_mechanism", "party")),
    ),
    "work-centers": Source(
        "production.work.center", ("name", "active", "category.name", "parent", *DATES), _work_center
    ),
    "operations": Source(
        "production.routing.operation", ("name", "active", "work_center_category.name", *DATES), _operation
    ),
    "lots": Source("stock.lot", ("number", "product", "active", *DATES), _lot),
    "purchase-orders": Source(
        "purchase.purchase",
        (
            "number",
            "reference",
            "state",
            "party",
            "purchase_date",
            "currency.code",
            *DATES,
            *_nested("lines", "type", "product", "quantity", "unit", "unit_price", "delivery_date"),
        ),
        _purchase_order,
        (Part("purchase.line", "purchase"),),
    ),
    "receipts": Source(
        "stock.shipment.in",
        (
            "number",
            "reference",
            "state",
            "supplier",
            "effective_date",
            *DATES,
            *_nested("incoming_moves", *MOVE, "origin"),
        ),
        _receipt,
        (Part("stock.move", "shipment", ("shipment", "like", "stock.shipment.in,%")),),
    ),
    "production-orders": Source(
        "production",
        (
            "number",
            "reference",
            "state",
            "product",
            "quantity",
            "unit",
            "planned_date",
            "effective_date",
            *DATES,
            *_nested("works", "sequence", "operation", "work_center", "state"),
            *_nested("inputs", *MOVE),
            *_nested("outputs", *MOVE),
        ),
        _production_order,
        (
            Part("production.work", "production"),
            Part("stock.move", "production_input", ("production_input", "!=", None)),
            Part("stock.move", "production_output", ("production_output", "!=", None)),
        ),
    ),
}
