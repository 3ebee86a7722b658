"""What each of our objects is in Tryton. A field that the account may not read is left out of the answer without an error;
it then shows as a bad row."""

from __future__ import annotations

from typing import Any

from connectors import messages as m
from connectors.adapters.tryton import making
from connectors.adapters.tryton.source import DATES, MOVE, Part, Source, moved, nested
from connectors.adapters.tryton.values import day, key, key_or_none, number
from connectors.adapters.tryton.wire import Row


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
    return m.SupplierRecord(**_party(row), **common)


def _customer(row: Row, common: dict[str, Any]) -> m.CustomerRecord:
    return m.CustomerRecord(**_party(row), **common)


def _party(row: Row) -> dict[str, Any]:
    mails = [contact["value"] for contact in row["contact_mechanisms"] or () if contact["type"] == "email"]
    cities = [address["city"] for address in row["addresses"] or () if address["city"]]
    return {
        "number": row["code"],
        "name": row["name"] or "",
        "city": (cities or [""])[0],
        "email": (mails or [""])[0],
        "is_active": row["active"],
    }


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
        m.ReceiptLine(**moved(move), order_line_id=_order_line(move["origin"])) for move in row["incoming_moves"] or ()
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


def _production_order(row: Row, common: dict[str, Any]) -> m.ProductionOrderRecord:
    operations = [
        m.ProductionOperation(
            external_id=key(work),
            sequence=work["sequence"],
            operation_id=key(work["operation"]),
            work_center_id=key_or_none(work["work_center"]),
            state=work["state"],
            is_running=work["state"] == "running",
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
        finished_date=day(row["effective_date"]) if row["state"] == "done" else None,
        reference=row["reference"] or "",
        operations=tuple(operations),
        inputs=tuple(m.LotMove(**moved(move)) for move in row["inputs"] or ()),
        outputs=tuple(m.LotMove(**moved(move)) for move in row["outputs"] or ()),
        edges=making.edges(row),
        **common,
    )


def _shipment(row: Row, common: dict[str, Any]) -> m.ShipmentRecord:
    return m.ShipmentRecord(
        number=row["number"] or f"#{row['id']}",
        customer_id=key_or_none(row["customer"]),
        state=row["state"],
        shipped_date=day(row["effective_date"]),
        reference=row["reference"] or "",
        lines=tuple(m.ShipmentLine(**moved(move)) for move in row["outgoing_moves"] or ()),
        **common,
    )


def _lot(row: Row, common: dict[str, Any]) -> m.LotRecord:
    return m.LotRecord(number=row["number"], item_id=key(row["product"]), is_active=row["active"], **common)


PARTY = (
    *("code", "name", "active", *DATES),
    *nested("addresses", "city"),
    *nested("contact_mechanisms", "type", "value"),
)
PARTY_PARTS = (Part("party.address", "party"), Part("party.contact_mechanism", "party"))
# In the order of their dependencies.
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
            *nested("template", "name", "type", "default_uom", "purchasable", "producible", "active"),
        ),
        _item,
        (Part("product.template", "products"),),
    ),
    "suppliers": Source("party.party", PARTY, _supplier, PARTY_PARTS),
    "customers": Source("party.party", PARTY, _customer, PARTY_PARTS),
    "work-centers": Source(
        "production.work.center", ("name", "active", "category.name", "parent", *DATES), _work_center
    ),
    "operations": Source(
        "production.routing.operation", ("name", "active", "work_center_category.name", *DATES), _operation
    ),
    **making.SOURCES,
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
            *nested("lines", "type", "product", "quantity", "unit", "unit_price", "delivery_date"),
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
            *nested("incoming_moves", *MOVE, "origin"),
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
            *nested("works", "sequence", "operation", "work_center", "state"),
            *nested("inputs", *MOVE),
            *nested("outputs", *MOVE),
        ),
        _production_order,
        (
            Part("production.work", "production"),
            Part("stock.move", "production_input", ("production_input", "!=", None)),
            Part("stock.move", "production_output", ("production_output", "!=", None)),
        ),
    ),
    "shipments": Source(
        "stock.shipment.out",
        (
            *("number", "reference", "state", "customer", "effective_date", *DATES),
            *nested("outgoing_moves", *MOVE),
        ),
        _shipment,
        (Part("stock.move", "shipment", ("shipment", "like", "stock.shipment.out,%")),),
    ),
}
