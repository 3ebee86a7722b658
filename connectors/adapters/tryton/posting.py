"""Movements: one document that carries the intent's reference, and nothing else.

Tryton has no idempotency key and the way from draft to done is four transactions. So each attempt looks for the
reference first and goes on from the state that it finds; a lost answer or a killed worker makes no second document.
`assign_force` is never used: it takes stock that is not there.
"""

from __future__ import annotations

from decimal import Decimal

from connectors.adapters.tryton.documents import NEXT_BUTTON, Move, Places, Plan, fields_of, model_of, plan
from connectors.adapters.tryton.values import key, key_or_none, number
from connectors.adapters.tryton.wire import Row, Wire
from connectors.base import Exchange, Permanent, Settings
from connectors.messages import PlaceRole, PostingIntent, PostingResult

DEFAULT_LOCATIONS = {"storage": "STO", "quarantine": "QUA", "scrap": "SCRAP"}


def post(wire: Wire, intent: PostingIntent, settings: Settings) -> Exchange[PostingResult]:
    model = model_of(intent)
    places = yield from find_places(wire, settings)
    document = yield from _find(wire, intent, model)
    asked = yield from plan(wire, intent, places, settings)
    if document is None:
        made = yield from wire.create(model, asked.values(intent))
        document = yield from _read(wire, model, made)
    else:
        _compare(intent, document, asked, "reference_conflict")
    while document["state"] != "done":
        document = yield from _advance(wire, model, document)
    return _compare(intent, document, asked, "differs")


def cancel(wire: Wire, intent: PostingIntent, settings: Settings) -> Exchange[PostingResult | None]:
    """What is done stays done and is told; everything before that is cancelled and read back."""
    model = model_of(intent)
    document = yield from _find(wire, intent, model)
    if document is None:
        return None
    if document["state"] == "done":
        places = yield from find_places(wire, settings)
        asked = yield from plan(wire, intent, places, settings)
        return _compare(intent, document, asked, "differs")
    if document["state"] == "running":  # its inputs are taken already, and Tryton cancels no running production
        raise Permanent(
            "needs_person",
            f"Production {document['number']} is running in the ERP and has taken the old lot; a running production cannot be"
            " cancelled. Finish it there (Done), then try this again: it is told as posted and can be reversed from here.",
        )
    yield from wire.press(model, "cancel", document["id"])
    after = yield from _read(wire, model, document["id"])
    if after["state"] != "cancelled":
        raise Permanent("needs_person", f"{after['number']} stays at {after['state']}: the ERP did not cancel it.")
    return None


def find_places(wire: Wire, settings: Settings) -> Exchange[Places]:
    codes = {**DEFAULT_LOCATIONS, **settings.get("locations", {})}
    rows = yield from wire.search("stock.location", [["code", "in", sorted(codes.values())]], ("code",), 50)
    places: Places = {}
    for role in (PlaceRole.STORAGE, PlaceRole.QUARANTINE, PlaceRole.SCRAP):
        found = [row["id"] for row in rows if row["code"] == codes[role.value]]
        if len(found) != 1:
            raise Permanent("settings", f"{len(found)} locations of the ERP have the code {codes[role.value]}.")
        places[role] = found[0]
    return places


def _find(wire: Wire, intent: PostingIntent, model: str) -> Exchange[Row | None]:
    """What an earlier attempt left behind. A cancelled document was refused; the intent may be tried again."""
    asked = [["reference", "=", intent.reference], ["state", "!=", "cancelled"]]
    rows = yield from wire.search(model, asked, fields_of(model), 10)
    if len(rows) > 1:
        numbers = ", ".join(str(row["number"]) for row in rows)
        raise Permanent("duplicate_reference", f"The ERP has {numbers} with the reference {intent.reference}.")
    return rows[0] if rows else None


def _read(wire: Wire, model: str, document: int) -> Exchange[Row]:
    rows = yield from wire.search(model, [["id", "=", document]], fields_of(model), 1)
    if not rows:
        raise Permanent("not_found", "The ERP does not show the document that it made.")
    return rows[0]


def _advance(wire: Wire, model: str, document: Row) -> Exchange[Row]:
    """One button further; the answer of a button says nothing, so the state is read back."""
    state, number_ = document["state"], document["id"]
    if state not in NEXT_BUTTON[model]:
        raise Permanent("unexpected_state", f"{document['number']} stands at {state} in the ERP.")
    yield from wire.press(model, NEXT_BUTTON[model][state], number_)
    after = yield from _read(wire, model, number_)
    if after["state"] != state:
        return after
    if state == "waiting":
        yield from wire.press(model, "cancel", number_)
        raise Permanent(
            "not_enough_stock", f"The ERP has less free stock than asked for; {after['number']} is cancelled."
        )
    raise Permanent("needs_person", f"{after['number']} stays at {state}: the ERP wants a person to go on.")


def _compare(intent: PostingIntent, document: Row, asked: Plan, code: str) -> PostingResult:
    """Raises Permanent(code) unless the document moves exactly what was asked for."""
    if not all(_moves(document[name] or [], move) for name, move in asked.moves.items()):
        raise Permanent(code, f"{document['number']} in the ERP does not move what {intent.reference} asks for.")
    read_back = {
        "item_id": intent.item_id,
        "lot_id": intent.lot_id,
        "unit_id": intent.unit_id,
        "quantity": str(_sum(document[next(iter(asked.moves))])),
        "from_role": intent.from_role.value,
        "to_role": intent.to_role.value,
        "state": document["state"],
    }
    if made := asked.moves.get("outputs"):
        read_back |= {"to_item_id": made.item, "to_lot_id": made.lot}
    return PostingResult(
        document_number=document["number"], external_id=key(document), state=document["state"], read_back=read_back
    )


def _moves(rows: list[Row], asked: Move) -> bool:
    there = {
        (key(row["product"]), key_or_none(row["lot"]), key(row["unit"]),
         int(key(row["from_location"])), int(key(row["to_location"])))
        for row in rows if row["state"] != "cancelled"
    }  # fmt: skip
    return there == {(asked.item, asked.lot, asked.unit, asked.origin, asked.target)} and _sum(rows) == asked.quantity


def _sum(rows: list[Row]) -> Decimal:
    return sum((number(row["quantity"]) for row in rows if row["state"] != "cancelled"), Decimal(0))
