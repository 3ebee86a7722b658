"""The finer parts of the demo plants' mirror: how parts are made, the lines of documents, genealogy, costs, and stock by place."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from .mirror import ago, key, row, unit_of

Rows = list[dict[str, Any]]
PLACES = {"storage": ("STO", "Storage"), "quarantine": ("QUA", "Quarantine")}


def details(data: dict[str, Any]) -> dict[str, Rows]:
    """By object, parents before children, in the upsert's own columns."""
    return {**_masters(data), **_recipes(data), **_lines(data), **_making(data), **_shipping(data)}


def _masters(data: dict[str, Any]) -> dict[str, Rows]:
    made = {bom["item"]: bom["name"].rpartition(" ")[2] for bom in data["boms"]}
    return {
        "revisions": [
            row("rev", f"{item}/{revision}", item_ref=key("item", item), state_text="released", description=revision)
            for item, revision in made.items()
        ],
        "customers": [row("customer", c["code"], name=c["name"], city="", is_active=True) for c in data["customers"]],
        "costs": [
            row("cost", i["number"], item_ref=key("item", i["number"]), unit_ref=key("unit", i["unit"]))
            | {"amount": Decimal(i["cost"]), "currency": data.get("company", {}).get("currency", "CNY")}
            for i in data["items"]
        ],
    }


def _recipes(data: dict[str, Any]) -> dict[str, Rows]:
    steps = [
        _line("routing", r["name"], n, "routing_ref", operation_ref=key("op", name), sequence=n * 10)
        for r in data["routings"]
        for n, name in enumerate(r["operations"], 1)
    ]
    boms = [
        row("bom", b["name"], name=b["name"], revision=b["name"].rpartition(" ")[2], is_active=True)
        | {"item_ref": key("item", b["item"]), "routing_ref": key("routing", b["routing"])}
        | {"quantity": Decimal(1), "unit_ref": key("unit", unit_of(data, b["item"]))}
        for b in data["boms"]
    ]
    inputs = [
        _line("bom", b["name"], n, "bom_ref", **_amount(data, item, quantity))
        for b in data["boms"]
        for n, (item, quantity) in enumerate(b["inputs"].items(), 1)
    ]
    routings = [row("routing", r["name"], name=r["name"], is_active=True) for r in data["routings"]]
    return {"routings": routings, "routing-steps": steps, "boms": boms, "bom-lines": inputs}


def _lines(data: dict[str, Any]) -> dict[str, Rows]:
    bought = [
        _line("po", p["number"], n, "order_ref", **_amount(data, line["item"], line["quantity"]))
        for p in data["purchase_orders"]
        for n, line in enumerate(p["lines"], 1)
    ]
    received = [
        _line("gr", r["number"], n, "receipt_ref", **_amount(data, line["item"], line["quantity"], line.get("lot")))
        for r in data["receipts"]
        for n, line in enumerate(r["lines"], 1)
    ]
    return {"purchase-order-lines": bought, "receipt-lines": received}


def _making(data: dict[str, Any]) -> dict[str, Rows]:
    routing = {b["item"]: b["routing"] for b in data["boms"]}
    names = {r["name"]: r["operations"] for r in data["routings"]}
    operations, edges = [], []
    for order in data["production_orders"]:
        number, state = order["number"], order["state"]
        for n, name in enumerate(names[routing[order["item"]]], 1):
            more = {"operation_ref": key("op", name), "sequence": n * 10, "work_center_ref": _place(data, name)}
            progress = _progress(state, n)
            told = {"state_text": progress, "is_running": progress == "running"}
            operations.append(_line("wo", number, n, "order_ref", **told, **more))
        if state != "done":
            continue
        for n, used in enumerate(order["inputs"], 1):
            between = {"from_lot_ref": key("lot", used["lot"]), "to_lot_ref": key("lot", order["lot"])}
            amount = {
                name: v for name, v in _amount(data, used["item"], used["quantity"]).items() if name != "item_ref"
            }
            edges.append(_line("wo", number, 100 + n, "order_ref", document=number, **between, **amount))
    return {"production-operations": operations, "genealogy": edges}


def _progress(state: str, number: int) -> str:
    return {"done": "finished", "running": "running" if number == 1 else "waiting"}.get(state, "waiting")


def _place(data: dict[str, Any], operation: str) -> str:
    category = next(o["category"] for o in data["operations"] if o["name"] == operation)
    return key("wc", next(w["code"] for w in data["work_centers"] if w["category"] == category))


def _shipping(data: dict[str, Any]) -> dict[str, Rows]:
    shipped = [
        row("cs", s["number"], state_text=s["state"], shipped_date=ago(s["days_ago"]) if s["state"] == "done" else None)
        | {"customer_ref": key("customer", s["customer"])}
        for s in data["shipments"]
    ]
    lines = [
        _line("cs", s["number"], n, "shipment_ref", **_amount(data, line["item"], line["quantity"], line["lot"]))
        for s in data["shipments"]
        for n, line in enumerate(s["lines"], 1)
    ]
    return {"shipments": shipped, "shipment-lines": lines}


def stock(data: dict[str, Any], held: dict[str, Decimal]) -> Rows:
    """What lies of each lot, by place. `held`: lot number → quantity that active holds have moved to quarantine."""
    found: Rows = []
    for (lot, item), quantity in _balance(data).items():
        kept = min(held.get(lot, Decimal()), quantity)
        for role, there in (("storage", quantity - kept), ("quarantine", kept)):
            if there:
                code, name = PLACES[role]
                places = {"place_role": role, "place_code": code, "place_name": name}
                found.append(row("stock", f"{lot}:{code}", **places, **_amount(data, item, str(there), lot)))
    return found


def _balance(data: dict[str, Any]) -> dict[tuple[str, str], Decimal]:
    total: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for lot, item, quantity in _moves(data):
        total[lot, item] += Decimal(quantity)
    return {who: quantity for who, quantity in total.items() if quantity > 0}


def _moves(data: dict[str, Any]) -> Iterator[tuple[str, str, Decimal]]:
    """(lot, part, quantity in or out) of what is done."""
    for receipt in data["receipts"]:
        if receipt["state"] == "done":
            yield from ((line["lot"], line["item"], Decimal(line["quantity"])) for line in receipt["lines"])
    for order in data["production_orders"]:
        if order["state"] == "done":
            yield order["lot"], order["item"], Decimal(order["quantity"])
            yield from ((used["lot"], used["item"], -Decimal(used["quantity"])) for used in order["inputs"])
    for shipment in data["shipments"]:
        if shipment["state"] == "done":
            yield from ((line["lot"], line["item"], -Decimal(line["quantity"])) for line in shipment["lines"])


def _amount(data: dict[str, Any], item: str, quantity: str, lot: str | None = None) -> dict[str, Any]:
    found = {
        "item_ref": key("item", item),
        "quantity": Decimal(quantity),
        "unit_ref": key("unit", unit_of(data, item)),
    }
    return found | ({"lot_ref": key("lot", lot)} if lot else {})


def _line(family: str, document: str, number: int, owner: str, /, **values: Any) -> dict[str, Any]:
    return row(f"{family}-line", f"{document}/{number}", **{owner: key(family, document)}, **values)
