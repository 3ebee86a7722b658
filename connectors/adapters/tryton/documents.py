"""Which document of Tryton carries which movement, and what exactly it has to say.

What stays in the house is an internal shipment. A return is a supplier return shipment; its moves name the move that
the lot came by, since Tryton wants an origin for what crosses the border of the company. A regrade is a production
without bill of material: it takes the old part and makes the new one, value and genealogy stay whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from connectors.adapters.tryton.values import as_float, key
from connectors.adapters.tryton.wire import Row, Wire
from connectors.base import Exchange, Permanent, Settings
from connectors.messages import PlaceRole, PostingIntent, PostingKind

INTERNAL, RETURN, PRODUCTION = "stock.shipment.internal", "stock.shipment.in.return", "production"
MOVE_FIELDS = ("product", "lot", "quantity", "unit", "from_location", "to_location", "state")
NEXT_BUTTON = {
    INTERNAL: {"request": "draft", "draft": "wait", "waiting": "assign_try", "assigned": "do", "shipped": "do"},
    RETURN: {"draft": "wait", "waiting": "assign_try", "assigned": "do"},
    PRODUCTION: {"request": "draft", "draft": "wait", "waiting": "assign_try", "assigned": "run", "running": "do"},
}
Places = dict[PlaceRole, int]


@dataclass(frozen=True)
class Move:
    """`more`: what the document wants beside it and nobody compares."""

    item: str
    lot: str | None
    unit: str
    quantity: Decimal
    origin: int
    target: int
    more: Mapping[str, Any] = field(default_factory=dict)

    def values(self, intent: PostingIntent) -> dict[str, Any]:
        try:
            quantity = as_float(self.quantity)
        except ValueError as problem:
            raise Permanent("quantity", str(problem)) from problem
        return {
            "product": int(self.item),
            "lot": int(self.lot) if self.lot else None,
            "quantity": quantity,
            "unit": int(self.unit),
            "from_location": self.origin,
            "to_location": self.target,
            "planned_date": intent.planned_date,
            **self.more,
        }


@dataclass(frozen=True)
class Plan:
    """A document of `model` with these moves, by the field that holds them."""

    model: str
    head: Mapping[str, Any]
    moves: Mapping[str, Move]

    def values(self, intent: PostingIntent) -> dict[str, Any]:
        rows = {name: [["create", [move.values(intent)]]] for name, move in self.moves.items()}
        return {"reference": intent.reference, "planned_date": intent.planned_date, **self.head, **rows}


def model_of(intent: PostingIntent) -> str:
    """Raises Permanent for what no document of Tryton does on our word."""
    if intent.undoes == PostingKind.RETURN:
        raise Permanent("unsupported", "What has left for the supplier comes back by a receipt that a person books.")
    if intent.to_item_id is not None:
        return PRODUCTION
    return RETURN if intent.kind == PostingKind.RETURN else INTERNAL


def fields_of(model: str) -> tuple[str, ...]:
    rows = ("inputs", "outputs") if model == PRODUCTION else ("moves",)
    return ("number", "reference", "state", *(f"{row}.{name}" for row in rows for name in MOVE_FIELDS))


def plan(wire: Wire, intent: PostingIntent, places: Places, settings: Settings) -> Exchange[Plan]:
    model = model_of(intent)
    if model == PRODUCTION:
        made = yield from _regrade(wire, intent, places, settings)
    elif model == RETURN:
        made = yield from _return(wire, intent, places)
    else:
        made = _internal(intent, places)
    return made


def _move(intent: PostingIntent, origin: int, target: int) -> Move:
    return Move(intent.item_id, intent.lot_id, intent.unit_id, intent.quantity, origin, target)


def _internal(intent: PostingIntent, places: Places) -> Plan:
    origin, target = places[intent.from_role], places[intent.to_role]
    way = {"from_location": origin, "to_location": target, "planned_start_date": intent.planned_date}
    return Plan(INTERNAL, way, {"moves": _move(intent, origin, target)})


def _return(wire: Wire, intent: PostingIntent, places: Places) -> Exchange[Plan]:
    fields = ("supplier_location", "addresses")
    rows = yield from wire.search("party.party", [["id", "=", int(intent.supplier_id or 0)]], fields, 1)
    if not rows or not rows[0]["supplier_location"]:
        raise Permanent("not_found", "The ERP does not know the supplier of this return.")
    came = yield from _arrival(wire, intent)
    supplier, addresses = rows[0], rows[0]["addresses"] or ()
    origin, target = places[intent.from_role], int(key(supplier["supplier_location"]))
    head = {
        "supplier": supplier["id"],
        "delivery_address": int(key(addresses[0])) if addresses else None,
        "from_location": origin,
        "to_location": target,
    }
    more = {"origin": f"stock.move,{came['id']}", "unit_price": _price(came), "currency": int(key(came["currency"]))}
    return Plan(RETURN, head, {"moves": replace(_move(intent, origin, target), more=more)})


def _arrival(wire: Wire, intent: PostingIntent) -> Exchange[Row]:
    """The move that the lot came by: from a supplier if there is one, else its first one."""
    lot = int(intent.lot_id or 0)
    asked = [["lot", "=", lot], ["state", "=", "done"], ["product", "=", int(intent.item_id)]]
    fields = ("unit_price", "currency", "from_location.type")
    rows = yield from wire.search("stock.move", asked, fields, 200)
    bought = [row for row in rows if row["from_location"]["type"] == "supplier"]
    if not rows:
        raise Permanent("not_found", "The ERP knows no movement that this lot came by, so it cannot be returned.")
    came = (bought or rows)[0]
    if came["currency"] is None:
        came = {**came, "currency": (yield from _currency(wire))}
    return came


def _currency(wire: Wire) -> Exchange[Any]:
    companies = yield from wire.search("company.company", [], ("currency",), 1)
    return companies[0]["currency"]


def _price(came: Row) -> Decimal:
    price = came["unit_price"]
    return Decimal(price["decimal"]) if isinstance(price, dict) else Decimal(price or 0)


def _regrade(wire: Wire, intent: PostingIntent, places: Places, settings: Settings) -> Exchange[Plan]:
    asked: list[Any] = [["type", "=", "warehouse"]]
    if settings.get("warehouse"):
        asked.append(["code", "=", settings["warehouse"]])
    houses = yield from wire.search("stock.location", asked, ("production_location",), 2)
    if len(houses) != 1 or not houses[0]["production_location"]:
        raise Permanent("settings", "Name the warehouse (its code) in the settings; it needs a production location.")
    shop = int(key(houses[0]["production_location"]))
    lot = yield from _new_lot(wire, intent)
    origin, target = places[intent.from_role], places[intent.to_role]
    head = {"warehouse": houses[0]["id"], "location": shop, "planned_start_date": intent.planned_date}
    currency = yield from _currency(wire)
    price = {"unit_price": Decimal(0), "currency": int(key(currency))}  # Tryton puts the value of what it takes there
    made = Move(str(intent.to_item_id), lot, intent.unit_id, intent.quantity, shop, target, price)
    return Plan(PRODUCTION, head, {"inputs": _move(intent, origin, shop), "outputs": made})


def _new_lot(wire: Wire, intent: PostingIntent) -> Exchange[str]:
    """The lot of the new part keeps the number: who looks for it finds both. An earlier attempt may have made it."""
    if intent.to_lot_id is not None:
        return intent.to_lot_id
    item = int(intent.to_item_id or 0)
    asked = [["number", "=", intent.lot_number], ["product", "=", item]]
    rows = yield from wire.search("stock.lot", asked, ("number",), 1)
    if rows:
        return key(rows[0])
    made = yield from wire.create("stock.lot", {"number": intent.lot_number, "product": item})
    return str(made)
