"""Movements: an internal shipment that carries the intent's reference, and nothing else.

Tryton has no idempotency key and the way from draft to done is four transactions. So each attempt looks for the
reference first and goes on from the state that it finds; a lost answer or a killed worker makes no second shipment.
`assign_force` is never used: it takes stock that is not there.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from connectors.adapters.tryton.values import as_float, key, key_or_none, number
from connectors.adapters.tryton.wire import Row, Wire
from connectors.base import Exchange, Permanent, Settings
from connectors.messages import PlaceRole, PostingIntent, PostingResult

SHIPMENT = "stock.shipment.internal"
MOVE_FIELDS = ("product", "lot", "quantity", "unit", "from_location", "to_location", "state")
FIELDS = ("number", "reference", "state", *(f"moves.{name}" for name in MOVE_FIELDS))
NEXT_BUTTON = {"request": "draft", "draft": "wait", "waiting": "assign_try", "assigned": "do", "shipped": "do"}
DEFAULT_LOCATIONS = {"storage": "STO", "quarantine": "QUA", "scrap": "SCRAP"}
Places = dict[PlaceRole, int]


def post(wire: Wire, intent: PostingIntent, settings: Settings) -> Exchange[PostingResult]:
    places = yield from find_places(wire, settings)
    shipment = yield from _find(wire, intent)
    if shipment is None:
        number_ = yield from wire.create(SHIPMENT, _draft(intent, places))
        shipment = yield from _read(wire, number_)
    else:
        _compare(intent, shipment, places, "reference_conflict")
    while shipment["state"] != "done":
        shipment = yield from _advance(wire, shipment)
    return _compare(intent, shipment, places, "differs")


def find_places(wire: Wire, settings: Settings) -> Exchange[Places]:
    codes = {**DEFAULT_LOCATIONS, **settings.get("locations", {})}
    rows = yield from wire.search("stock.location", [["code", "in", sorted(codes.values())]], ("code",), 50)
    places: Places = {}
    for role in PlaceRole:
        found = [row["id"] for row in rows if row["code"] == codes[role.value]]
        if len(found) != 1:
            raise Permanent("settings", f"{len(found)} locations of the ERP have the code {codes[role.value]}.")
        places[role] = found[0]
    return places


def _find(wire: Wire, intent: PostingIntent) -> Exchange[Row | None]:
    """What an earlier attempt left behind. A cancelled shipment was refused; the intent may be tried again."""
    asked = [["reference", "=", intent.reference], ["state", "!=", "cancelled"]]
    rows = yield from wire.search(SHIPMENT, asked, FIELDS, 10)
    if len(rows) > 1:
        numbers = ", ".join(str(row["number"]) for row in rows)
        raise Permanent("duplicate_reference", f"The ERP has {numbers} with the reference {intent.reference}.")
    return rows[0] if rows else None


def _read(wire: Wire, shipment: int) -> Exchange[Row]:
    rows = yield from wire.search(SHIPMENT, [["id", "=", shipment]], FIELDS, 1)
    if not rows:
        raise Permanent("not_found", "The ERP does not show the shipment that it made.")
    return rows[0]


def _draft(intent: PostingIntent, places: Places) -> dict[str, Any]:
    try:
        quantity = as_float(intent.quantity)
    except ValueError as problem:
        raise Permanent("quantity", str(problem)) from problem
    way = {"from_location": places[intent.from_role], "to_location": places[intent.to_role]}
    move = {
        "product": int(intent.item_id),
        "lot": int(intent.lot_id) if intent.lot_id else None,
        "quantity": quantity,
        "unit": int(intent.unit_id),
        "planned_date": intent.planned_date,
        **way,
    }
    dates = {"planned_date": intent.planned_date, "planned_start_date": intent.planned_date}
    return {"reference": intent.reference, **way, **dates, "moves": [["create", [move]]]}


def _advance(wire: Wire, shipment: Row) -> Exchange[Row]:
    """One button further; the answer of a button says nothing, so the state is read back."""
    state, number_ = shipment["state"], shipment["id"]
    if state not in NEXT_BUTTON:
        raise Permanent("unexpected_state", f"{shipment['number']} stands at {state} in the ERP.")
    yield from wire.press(SHIPMENT, NEXT_BUTTON[state], number_)
    after = yield from _read(wire, number_)
    if after["state"] != state:
        return after
    if state == "waiting":
        yield from wire.press(SHIPMENT, "cancel", number_)
        raise Permanent(
            "not_enough_stock", f"The ERP has less free stock than asked for; {after['number']} is cancelled."
        )
    raise Permanent("needs_person", f"{after['number']} stays at {state}: the ERP wants a person to go on.")


def _compare(intent: PostingIntent, shipment: Row, places: Places, code: str) -> PostingResult:
    """Raises Permanent(code) unless the shipment moves exactly what was asked for."""
    moves = [move for move in shipment["moves"] or () if move["state"] != "cancelled"]
    there = {
        (key(move["product"]), key_or_none(move["lot"]), key(move["unit"]),
         int(key(move["from_location"])), int(key(move["to_location"])))
        for move in moves
    }  # fmt: skip
    asked = (intent.item_id, intent.lot_id, intent.unit_id, places[intent.from_role], places[intent.to_role])
    quantity = sum((number(move["quantity"]) for move in moves), Decimal(0))
    if there != {asked} or quantity != intent.quantity:
        raise Permanent(code, f"{shipment['number']} in the ERP does not move what {intent.reference} asks for.")
    return PostingResult(
        document_number=shipment["number"],
        external_id=key(shipment),
        state=shipment["state"],
        read_back={
            "item_id": intent.item_id,
            "lot_id": intent.lot_id,
            "unit_id": intent.unit_id,
            "quantity": str(quantity),
            "from_role": intent.from_role.value,
            "to_role": intent.to_role.value,
            "state": shipment["state"],
        },
    )
