"""How things are made and what they cost: routings, bills of material, standard costs, the genealogy that orders tell."""

from __future__ import annotations

import datetime as dt
from typing import Any

from connectors import messages as m
from connectors.adapters.tryton.source import DATES, Part, Source, nested
from connectors.adapters.tryton.values import changes, key, key_or_none, number
from connectors.adapters.tryton.wire import Row


def _routing(row: Row, common: dict[str, Any]) -> m.RoutingRecord:
    steps = [
        m.RoutingStep(external_id=key(step), sequence=step["sequence"], operation_id=key_or_none(step["operation"]))
        for step in row["steps"] or ()
    ]
    steps.sort(key=lambda step: (step.sequence is None, step.sequence or 0, int(step.external_id)))
    return m.RoutingRecord(number=row["name"], name=row["name"], is_active=row["active"], steps=tuple(steps), **common)


def _bom(row: Row, common: dict[str, Any]) -> m.BomRecord:
    """The part is the first output; others stand in what was received."""
    made = (row["outputs"] or [None])[0]
    lines = [
        m.BomLine(
            external_id=key(part),
            item_id=key(part["product"]),
            quantity=number(part["quantity"]),
            unit_id=key_or_none(part["unit"]),
        )
        for part in row["inputs"] or ()
        if part["product"] is not None
    ]
    return m.BomRecord(
        number=row["code"] or row["name"],
        name=row["name"],
        item_id=key(made["product"]) if made else None,
        quantity=number(made["quantity"]) if made else None,
        unit_id=key_or_none(made["unit"]) if made else None,
        routing_id=key_or_none(next(iter(sorted(row["routings"] or ())), None)),
        is_active=row["active"],
        lines=tuple(lines),
        **common,
    )


def _cost(row: Row, common: dict[str, Any]) -> m.CostRecord:
    """The cost of the connection's company; it stands since the price itself was last written."""
    prices = row["cost_prices"] or ()
    written = max(changes(prices, dt.UTC), default=None)
    currency = next((price["company"]["currency"]["code"] for price in prices if price["company"]), "")
    return m.CostRecord(
        number=row["code"] or f"#{row['id']}",
        item_id=key(row["id"]),
        amount=None if row["cost_price"] is None else number(row["cost_price"]),
        currency=currency,
        unit_id=key_or_none(row["template"]["default_uom"]),
        valid_from=written.date() if written else None,
        **common,
    )


def edges(order: Row) -> tuple[m.GenealogyEdge, ...]:
    """Every lot that was taken, into every lot that is made; what was only planned to be taken is none."""
    took = [move for move in order["inputs"] or () if move["lot"] is not None and move["state"] == "done"]
    made = [move for move in order["outputs"] or () if move["lot"] is not None and move["state"] != "cancelled"]
    return tuple(
        m.GenealogyEdge(
            external_id=f"{key(one)}:{key(other)}",
            from_lot_id=key(one["lot"]),
            to_lot_id=key(other["lot"]),
            quantity=number(one["quantity"]),
            unit_id=key(one["unit"]),
            document=order["number"] or f"#{order['id']}",
        )
        for one in took
        for other in made
    )


SOURCES: dict[str, Source] = {
    "routings": Source(
        "production.routing",
        ("name", "active", *DATES, *nested("steps", "sequence", "operation")),
        _routing,
        (Part("production.routing.step", "routing"),),
    ),
    "boms": Source(
        "production.bom",
        (
            *("name", "code", "active", "routings", *DATES),
            *nested("inputs", "product", "quantity", "unit"),
            *nested("outputs", "product", "quantity", "unit"),
        ),
        _bom,
        (
            Part("production.bom.input", "bom"),
            Part("production.bom.output", "bom"),
            Part("production.routing", "boms"),  # the link may be made from the routing's side
        ),
    ),
    "costs": Source(
        "product.product",
        (
            *("code", "cost_price", *DATES, "template.default_uom"),
            *nested("cost_prices", "company.currency.code"),
        ),
        _cost,
    ),
}
