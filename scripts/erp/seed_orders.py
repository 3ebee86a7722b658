"""Purchase orders, receipts with lots, and production orders of the demonstration plant."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seed import Plant

BUTTONS = {
    "waiting": ("wait",),
    "assigned": ("wait", "assign_try"),
    "running": ("wait", "assign_try", "run"),
    "done": ("wait", "assign_try", "run", "do"),
    "draft": ("wait", "draft"),  # waiting once gives the order its number
}
SHIPPING = {"waiting": ("wait",), "done": ("wait", "assign_try", "pack", "do")}


def make_orders(plant: Plant) -> None:
    for order in plant.plan["purchase_orders"]:
        make_purchase(plant, order)
    for receipt in plant.plan["receipts"]:
        make_receipt(plant, receipt)
    for order in plant.plan["production_orders"]:
        make_production(plant, order)
    for shipment in plant.plan["shipments"]:
        make_shipment(plant, shipment)


def make_purchase(plant: Plant, order: dict[str, Any]) -> None:
    rpc, party = plant.rpc, plant.suppliers[order["supplier"]]
    address = rpc.id_of("party.address", [["party", "=", party]])
    lines = [
        {
            "product": plant.items[line["item"]],
            "quantity": float(line["quantity"]),
            "unit_price": Decimal(line["price"]),
            "unit": plant.item_unit[line["item"]],
        }
        for line in order["lines"]
    ]
    purchase = rpc.create(
        "purchase.purchase",
        party=party,
        invoice_party=party,
        invoice_address=address,
        currency=plant.currency,
        warehouse=plant.warehouse,
        invoice_method="manual",
        purchase_date=plant.day(order["days_ago"]),
        lines=[["create", lines]],
    )
    rpc.press("purchase.purchase", "quote", [purchase])
    if order["state"] == "processing":
        rpc.press("purchase.purchase", "confirm", [purchase])
        rpc.press("purchase.purchase", "process", [purchase])
    _check(plant, "purchase.purchase", purchase, order)


def make_receipt(plant: Plant, receipt: dict[str, Any]) -> None:
    """Receive what an order still waits for; Tryton makes a new move for what has not come yet."""
    rpc, day = plant.rpc, plant.day(receipt["days_ago"])
    order = rpc.find("purchase.purchase", [["number", "=", receipt["order"]]], ["party", "lines"])[0]
    awaited = []
    for line in receipt["lines"]:
        product = plant.items[line["item"]]
        source = rpc.id_of("purchase.line", [["id", "in", order["lines"]], ["product", "=", product]])
        open_move = [["origin", "=", f"purchase.line,{source}"], ["state", "=", "draft"], ["shipment", "=", None]]
        move = rpc.id_of("stock.move", open_move)
        lot = plant.lot(line["lot"], line["item"])
        rpc.write("stock.move", [move], quantity=float(line["quantity"]), lot=lot, planned_date=day)
        awaited.append(move)
    shipment = rpc.create(
        "stock.shipment.in",
        supplier=order["party"],
        reference=receipt["delivery_note"],
        planned_date=day,
        effective_date=day,
        warehouse=plant.warehouse,
        warehouse_input=plant.locations["IN"],
        warehouse_storage=plant.locations["STO"],
        incoming_moves=[["add", awaited]],
    )
    rpc.press("stock.shipment.in", "receive", [shipment])
    if receipt["state"] == "done":
        rpc.press("stock.shipment.in", "do", [shipment])
    rpc.press("purchase.purchase", "process", [order["id"]])
    _check(plant, "stock.shipment.in", shipment, receipt)


def make_production(plant: Plant, order: dict[str, Any]) -> None:
    """An order with its lots chosen: without a lot Tryton would assign by product and then refuse to run."""
    rpc, item, day = plant.rpc, order["item"], plant.day(order["days_ago"])
    store, floor = plant.locations["STO"], plant.locations["PROD"]
    inputs = [_move(plant, line, store, floor, day) for line in order["inputs"]]
    output = _move(plant, order, floor, store, day)
    output |= {"currency": plant.currency, "unit_price": Decimal("0.0000")}  # what leaves an order carries its cost
    production = rpc.create(
        "production",
        product=plant.items[item],
        bom=plant.boms[item],
        quantity=float(order["quantity"]),
        unit=plant.item_unit[item],
        warehouse=plant.warehouse,
        location=floor,
        planned_date=day,
        planned_start_date=day - dt.timedelta(days=2),
        work_center=plant.centers["WC-SHOP"],
        routing=_routing(plant, item),
        inputs=[["create", inputs]],
        outputs=[["create", [output]]],
    )
    if order["state"] == "done":
        rpc.write("production", [production], effective_date=day, effective_start_date=day - dt.timedelta(days=2))
    for button in BUTTONS[order["state"]]:
        if button == "do":
            _finish_works(plant, production)
        rpc.press("production", button, [production])
    _check(plant, "production", production, order)


def make_shipment(plant: Plant, shipment: dict[str, Any]) -> None:
    """Straight from the storage zone, with the lots chosen."""
    rpc, day, customer = plant.rpc, plant.day(shipment["days_ago"]), plant.suppliers[shipment["customer"]]
    store = plant.locations["STO"]
    moves = [
        _move(plant, line, store, plant.locations["CUS"], day)
        | {"currency": plant.currency, "unit_price": Decimal("100.0000")}
        for line in shipment["lines"]
    ]
    made = rpc.create(
        "stock.shipment.out",
        customer=customer,
        delivery_address=rpc.id_of("party.address", [["party", "=", customer]]),
        reference=shipment["reference"],
        planned_date=day,
        warehouse=plant.warehouse,
        warehouse_storage=store,
        warehouse_output=store,
        outgoing_moves=[["create", moves]],
    )
    if shipment["state"] == "done":
        rpc.write("stock.shipment.out", [made], effective_date=day)
    for button in SHIPPING[shipment["state"]]:
        rpc.press("stock.shipment.out", button, [made])
    _check(plant, "stock.shipment.out", made, shipment)


def _routing(plant: Plant, item: str) -> int:
    return plant.routings[next(row["routing"] for row in plant.plan["boms"] if row["item"] == item)]


def _move(plant: Plant, line: dict[str, Any], source: int, target: int, day: dt.date) -> dict[str, Any]:
    item = line["item"]
    return {
        "product": plant.items[item],
        "quantity": float(line["quantity"]),
        "unit": plant.item_unit[item],
        "lot": plant.lot(line["lot"], item),
        "from_location": source,
        "to_location": target,
        "planned_date": day,
        "company": plant.company,
    }


def _finish_works(plant: Plant, production: int) -> None:
    """Each work gets one finished cycle; Tryton refuses to close an order with unfinished works."""
    rpc = plant.rpc
    works = [row["id"] for row in rpc.find("production.work", [["production", "=", production]], [])]
    cycles = rpc.create_many("production.work.cycle", [{"work": work} for work in works])
    rpc.press("production.work.cycle", "run", cycles)
    rpc.press("production.work.cycle", "do", cycles)


def _check(plant: Plant, model: str, number: int, wanted: dict[str, Any]) -> None:
    """A button may do nothing and still answer with success: compare what stands there with what was planned."""
    row = plant.rpc.find(model, [["id", "=", number]], ["number", "state"])[0]
    if (row["number"], row["state"]) != (wanted["number"], wanted["state"]):
        raise SystemExit(
            f"{model} stands at {row['number']} {row['state']}, planned {wanted['number']} {wanted['state']}"
        )
